/*
 * The signs by which a mail is told to be a report, an automatic reply, or a wish to leave: who sends it, what
 * its subject and its sentences say. Phrases of servers and of people in the languages they write.
 */
#include "mail/reading.h"

#include <string.h>

/* ---- words ------------------------------------------------------------------------------------------- */

/* Senders that only report. In lower case, within the From field. */
static const char daemons[] =
    "mailer-daemon|mailer_daemon|mailerdaemon|postmaster|post_master|mail delivery|delivery subsystem|"
    "mail deliver system|mail administrator|mail system|system administrator|mail router|mmsc|"
    "mdaemon|smtp.mailer|maildaemon|mail-daemon|delivery system|email delivery|bounce@|<>|"
    "interscan|no-reply@sns.|mail gateway|mail server|microsoftexchange|microsoft exchange|"
    "exchange server|exchange admin|delivery notification|poostmaster|admin.mail|mail-system|daemon@";

/* Senders that no person answers, whatever they send. */
static const char machines[] = "no-reply|noreply|no_reply|donotreply|do-not-reply|exchange";

static const char subjects[] =
    "undeliver|delivery fail|failure notice|returned mail|mail delivery|delivery status|"
    "delivery notification|mail system error|non delivery|non-delivery|nondelivery|nondeliverable|"
    "could not be delivered|couldn't be delivered|cannot be delivered|delivery problem|delivery error|"
    "delivery report|failed delivery|delivery has failed|failed mail|mail failed|mail failure|"
    "failed to deliver|unable to deliver|not delivered|delayed mail|delivery delayed|message delayed|"
    "delivery attempts|permanent delivery failure|failure delivery|message status|user unknown|"
    "unknown user|bounced mail|returned email|returned to sender|return to sender|mail could not|"
    "undelivered|error sending|rejected mail|message rejected|message blocked|mail rejected|"
    "message undeliverable|loop alert|warning: message|warning: could not send|delivery warning|"
    "delivery failure|mail status|failure report|notification message|"
    /* German, French, Spanish, Portuguese, Italian, Dutch, Polish, Russian, Japanese, Chinese */
    "unzustellbar|nicht zugestellt|zustellung|non remis|chec de la remise|chec de remise|"
    "non distribu|no se puede entregar|no se pudo entregar|no entregado|devuelto|"
    "o entregue|falha na entrega|impossibile recapitare|mancato recapito|mancata consegna|non recapitabile|"
    "onbestelbaar|niet bezorgd|nie można dostarczy|niedoręczon|"
    "не доставлено|"
    "недоставлен|недоставляем|не удается доставить|не удалось доставить|возврат|"
    "olevererbar|kan inte levereras|kan ikke leveres|ei voi toimittaa|toimitus ep|"
    "nedoručiteln|nelze doručit|kézbesíthetetlen|teslim edilemedi|nelivrabil|"
    "δεν είναι δυνατή η παράδοση|תוא|تعذر|"
    "配信|配送|エラーメール|戻り|退信|退回|未送达|"
    "无法投递|无法传递|無法傳遞|傳遞失敗|投递失败|배달|발송|반송|전송 실패";

/* Sentences that only a report has. In folded text. */
static const char openers[] =
    "could not be delivered|couldn't be delivered|cannot be delivered|can not be delivered|"
    "unable to deliver|not able to deliver|wasn't able to deliver|was not delivered|wasn't delivered|"
    "were not delivered|not be delivered|delivery has failed|delivery to the following|"
    "following address(es) failed|following address failed|following addresses failed|"
    "addresses had permanent|addresses had transient|addresses had delivery|addresses had fatal|"
    "did not reach the following|failure reasons|failed addresses follow|error delivering your mail|"
    "failed to deliver|undeliverable|undelivered|message is delayed|has been delayed|"
    "transcript of session follows|transcript of the session|failed permanently|permanent error|"
    "permanent failure|delivery attempt|attempting to deliver|delivery problem|user unknown|"
    "unknown user|no such user|invalid user|invalid recipient|mailbox is full|mailbox full|over quota|"
    "mailfolder is full|does not exist|doesn't exist|not listed in|could not be found|"
    "returned to you|returned to sender|delivery error|delivery failed|failed delivery|"
    "no valid recipients|duplicated message-id|not been delivered|could not send|rejected your message|"
    "message was rejected|has been rejected|message blocked|"
    "nicht zugestellt|konnte nicht|n'a pas pu|n'ont pas|ne peut pas|no se pudo|no se ha podido|"
    "no pudo ser|o pode ser entregue|o foi poss|non è stato possibile|kon niet|nie mog|"
    "не может быть|"
    "non è stato consegnato|mancata consegna|no ha sido entregado|no fue entregado|o foi entregue|"
    "niet bezorgd|niet afgeleverd|nie została dostarczona|не доставлено|не было доставлено|"
    "не найден|kunde inte|kunne ikke|ei voitu|nelze|"
    "配信でき|送信でき|"
    "見つかりませ|退信|退回|不存在|无法|無法|존재하지|전달되지|배달할 수|전송하지 못";

/* Subjects that a program gives its answers, whoever sends them. */
static const char automatic[] =
    "automatic reply|auto reply|auto-reply|autoreply|auto response|auto-response|out of office|"
    "automatische antwort|réponse automatique|respuesta autom|resposta autom|risposta automatica|"
    "automatisch antwoord|automatiskt svar|automatisk svar|autosvar|odpowiedź automatyczna|"
    "automatyczna odpowied|automatická odpov|automatikus válasz|otomatik yanıt|răspuns automat|"
    "втоответ|втоматический ответ|втоматична відповідь|υτόματη απάντηση|自動応答|自動返信|自動回覆|"
    "自动回复|自动答复|자동 회신|자동 응답|자동회신|자동응답|رد تلقائي";

/* Subjects of vacation notes and their like. */
static const char absences[] =
    "autoresponse|automated reply|automated response|automatic response|auto:|out of the office|"
    "out-of-office|vacation|on holiday|away from|on leave|i am away|i'm away|absence|abwesenheit|"
    "absent|afwezig|fuera de la oficina|不在";

static const char challenges[] =
    "please confirm your message|confirm your message|requires confirmation|verify your email to|verification required|prove you are human|"
    "spam arrest|boxbe|sender verification|challenge|awaits moderator|waiting for approval|"
    "waiting list";

bool
sign_automatic(const struct reading *rd)
{
	static const char *const fields[] = { "X-Autoreply", "X-Autorespond", "X-Autoresponder",
		"X-Vacation", "X-Auto-Reply", "Delivered-By-The-Graces-Of", "X-AutoReply-From",
		"X-Mail-Autoreply", "X-Autogenerated" };
	struct span v;

	if (mime_field(rd->head, "Auto-Submitted", 0, &v) && v.n >= 12 &&
	    span_ieqs((struct span){ v.p, 12 }, "auto-replied"))
		return true;
	if (mime_field(rd->head, "Precedence", 0, &v) &&
	    (span_ieqs(v, "auto_reply") || span_ieqs(v, "auto-reply")))
		return true;
	if (mime_field(rd->head, "X-Apple-Action", 0, &v) && span_ieqs(v, "vacation"))
		return true;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (mime_field(rd->head, fields[i], 0, &v) && !span_ieqs(v, "no"))
			return true;
	return false;
}

bool
sign_absence(const struct reading *rd)
{
	struct span v, subject = buf_span(&rd->subject);
	bool machine = rd->null_sender || mime_field(rd->head, "Auto-Submitted", 0, &v) ||
		       mime_field(rd->head, "X-Auto-Response-Suppress", 0, &v) ||
		       sign_automatic(rd);

	if (sign_automatic(rd))
		return true;
	/* The words alone are not enough: people write of their holidays too. */
	return has_any(subject, automatic) || (machine && has_any(subject, absences));
}

/* Whole subjects; what stands beside such a word may turn it round. */
static const char *const wishes[] = { "unsubscribe", "unsubscribe me", "leave", "remove me",
	"remove", "abmelden", "abbestellen", "abbestellung", "abmeldung", "austragen", "désabonner",
	"désabonnement", "désinscription", "me désabonner", "se désabonner", "baja",
	"darse de baja", "dar de baja", "disiscrivi", "disiscrivimi", "disiscrizione",
	"cancelar subscrição", "cancelar a subscrição", "cancelar assinatura", "afmelden",
	"uitschrijven", "отписаться", "отписка", "配信停止", "退订" };

bool
sign_leave(const struct reading *rd)
{
	struct span s = span_trim(buf_span(&rd->subject));

	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		if (span_eqs(s, wishes[i]))
			return true;
	return false;
}

/* Mail of a list is never a report, whatever it speaks of. RFC 2919, RFC 2369. */
static bool
from_list(const struct reading *rd)
{
	struct span v;

	return mime_field(rd->head, "List-Id", 0, &v) || mime_field(rd->head, "List-Post", 0, &v) ||
	       mime_field(rd->head, "List-Unsubscribe", 0, &v);
}

static bool
has_quoted(const struct reading *rd)
{
	for (size_t i = 0; i < rd->mime.n; i++)
		if (rd->mime.v[i].quoted)
			return true;
	return false;
}

/* A program that reports, and words of a report: or without such a sender, subject and words and a code. */
bool
sign_notice(struct reading *rd)
{
	struct span text = buf_span(&rd->text), subject = buf_span(&rd->subject), folded;
	bool titled = has_any(subject, subjects), worded;

	text.n = notice_end(text);
	buf_reset(&rd->folded);
	fold_text(text, &rd->folded);
	folded = buf_span(&rd->folded);
	worded = has_any(folded, openers);
	if (!rd->daemon && (from_list(rd) || (subject.n >= 3 && memcmp(subject.p, "re:", 3) == 0)))
		return false;
	if (rd->daemon) /* in a language we do not know, the form tells: an address at the start of a line */
		return worded || titled || (rd->null_sender && notice_names(text, &rd->by));
	if (worded && titled && has_any(buf_span(&rd->from), machines) &&
	    notice_names(text, &rd->by))
		return true;
	if (rd->null_sender) /* shops and forms send so too: a report names whom it is about, or brings the mail back */
		return worded && (titled || !has_any(subject, absences)) &&
		       (notice_names(text, &rd->by) || has_any(folded, "550|554|5.1.1|552|421") ||
			   rd->text.n > text.n || has_quoted(rd));

	return titled && worded &&
	       (strncmp(buf_str(&rd->subject), "loop alert", 10) == 0 ||
		   has_any(folded,
		       "final-recipient:|transcript of session|this is an automatically generated|"
		       "created automatically|do not reply|qmail-send|mail delivery software|"
		       "delivery to the following|is a copy of|original message|addresses had"));
}

bool
sign_forwarded(const struct reading *rd)
{
	struct span s = buf_span(&rd->subject);

	return (s.n > 4 && (memcmp(s.p, "fwd:", 4) == 0 || memcmp(s.p, "fw: ", 4) == 0)) &&
	       has_any(s, subjects);
}

bool
sign_daemon(struct span from)
{
	return has_any(from, daemons);
}

bool
sign_challenge(const struct reading *rd)
{
	return rd->null_sender && has_any(buf_span(&rd->subject), challenges);
}

bool
sign_delay(struct reading *rd)
{
	struct span text = buf_span(&rd->text);

	text.n = notice_end(text);
	buf_reset(&rd->folded);
	fold_text(text, &rd->folded);
	return has_any(buf_span(&rd->subject),
		   "delayed|warning: could not send|still being retried|"
		   "delivery warning|(delay)|warning: message|avertissement|verzögert|verzögerung|"
		   "retardé|retrasad|ritardat|atrasad|vertraagd|задержан|遅延|延迟") ||
	       has_any(buf_span(&rd->folded),
		   "this is a warning message only|this is a warning only|do not need to resend|"
		   "will be retried|has been delayed|is delayed for|no action is required on your part|"
		   "delivery attempts will continue|will continue to try|still being retried|"
		   "message d'avertissement|pas besoin de renvoyer|verzögert sich|nicht erneut senden|"
		   "no es necesario reenviar|no necesita volver a enviar|non è necessario inviare|"
		   "não é necessário reenviar|hoeft dit bericht niet opnieuw");
}
