/* German: the words that sentences, terms and summaries turn on. */
#include "text/lang.h"

const struct lang_table lang_de = {
	.code = "de",
	.snowball = "german",
	.titles =
	    "dr prof hr fr frl ing dipl mag st hl vgl bzw ca z b d h u a s o evtl ggf inkl sog "
	    "bzgl "
	    "nr abs art str geb gest jh mio mrd tel vs max min allg insb od exkl zzgl abzgl med "
	    "jur phil rer nat habil z.b d.h u.a s.o i.d.r v.a o.ä std ev kath gem lt zit hrsg "
	    "verf feat v em gegr gest verh verst ehem hl prov präs min exz frhr rgbl bgbl vors bearb übers",
	.numbers =
	    "nr s abs art rd rn rz lfd abb bd kap tab jan feb apr aug sept okt nov dez tel ziff",
	.maybe = "usw etc f ff bzw u.a a.m ggf z.b d.h co st inc jh mio mrd",
	.openers =
	    "der die das ein eine er sie es wir ich du ihr und aber doch im am auf mit nach bei "
	    "von "
	    "zu für wenn als was wer wie warum dies diese dieser dieses da dann so in an dem den "
	    "des einen einem einer man auch nur noch schon jetzt nun hier dort nicht kein keine "
	    "sein seine ihre mein meine unser unsere alle viele einige manche jeder jede beide "
	    "ob weil obwohl während bevor nachdem seit bis durch gegen ohne um unter über vor "
	    "zwischen aus zum zur laut trotz wegen zudem außerdem jedoch denn damit danach dabei "
	    "daher darum deshalb trotzdem allerdings heute gestern morgen wo welche "
	    "welcher ist sind war waren hat haben wird werden kann leider sehr",
	.stop =
	    "aber alle als also am an andere auch auf aus bei beim bin bis bist da damit dann das "
	    "dass "
	    "daß dem den denn der des die dies diese dieser dieses dir doch dort du durch ein eine "
	    "einem einen einer eines er es etwas für gegen habe haben hat hatte hatten hier hin "
	    "hinter ich ihm ihn ihr ihre im in ins ist ja jede jeder jedes jetzt kann kein keine "
	    "können man mehr mein mich mir mit nach nicht noch nun nur ob oder ohne sehr sein "
	    "seine "
	    "seit sich sie sind so soll sollen sollte um und uns unter vom von vor war waren was "
	    "weil wenn wer werde werden wie wieder will wir wird wurde wurden über zu zum zur zwei "
	    "sagte sagt laut neue neuen",
	.pronouns =
	    "er sie es dies diese dieser dieses das dabei damit daher dann danach dort aber und "
	    "doch jedoch so also zudem außerdem allerdings trotzdem deshalb darum ihr sein ihre "
	    "seine denn",
	.pointers = "dies diese dieser dieses das dort",
	.cues =
	    "laut gab bekannt kündigte angekündigt bestätigte studie bericht erstmals beschlossen "
	    "veröffentlicht warnt startet erste größte entschied gefunden",
	.ordinals = true,
};
