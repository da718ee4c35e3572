/*
 * Languages known by their abbreviations only, so that their texts part into sentences sanely. A language that
 * is not here at all is read by punctuation and case alone.
 */
#include "text/lang.h"

const struct lang_table lang_others[] = {
	{
	    .code = "da",
	    .snowball = "danish",
	    .titles = "hr fr dr prof ing nr ca bl f.eks osv kl mio mia jf stk tlf evt inkl ekskl "
		      "red fx cand "
		      "mag dvs mt st mr mrs ms jr v vs bl.a m.fl ift mht",
	    .numbers = "nr s stk kap jan feb mar apr jun jul aug sept okt nov dec p no kl pkt",
	    .maybe = "a/s inc ltd co u.s e.u s.u o.s.v osv m.m m.v etc jr ph.d u.s.a a.m p.m",
	    .openers =
		"det den de en et han hun vi jeg du i der er her men og så hvis når da som på til "
		"for med fra om "
		"efter ved hvad hvem hvor hvordan hvorfor ikke alle mange nu hvad også dette disse "
		"the it he she they we how in on what i you",
	    .ordinals = true,
	},
	{
	    .code = "sv",
	    .snowball = "swedish",
	    .titles = "dr prof hr fr bl.a t.ex dvs ca nr kl mr mrs st s.k f.d jr",
	    .numbers = "nr s kap kl jan feb mars apr aug sept okt nov dec",
	    .maybe = "osv m.m etc m.fl",
	    .openers = "det den de en ett han hon vi jag du i men och så om när som på till för "
		       "med från efter vid vad vem "
		       "var hur varför inte alla många nu också detta dessa",
	},
	{
	    .code = "ru",
	    .snowball = "russian",
	    .titles = "г гг ул д стр рис т тт тыс млн млрд руб коп им др пр см ср напр проф акад "
		      "обл р н э в вв о пер пл "
		      "просп гл ст пп чел кв корп т.е т.к т.н и.о",
	    .numbers = "стр рис гл ст п с № гг",
	    .maybe = "т.д т.п др пр г гг руб",
	    .openers = "в на и но а он она они мы я это этот эта эти по для с к у не что как когда "
		       "где если от из за о об "
		       "при до после однако также все его её их так там тогда теперь вот кто "
		       "почему то тот",
	},
	{
	    .code = "bg",
	    .titles = "г гр ул бул д-р проф инж акад т.е т.н др напр вкл чл стр",
	    .numbers = "стр чл фиг",
	    .maybe = "г лв др т.н",
	    .openers = "той тя те то ние аз в на и но а от за с със по при след това този тази "
		       "тези като когато ако "
		       "не как къде кой",
	},
	{
	    .code = "pl",
	    .titles = "dr prof mgr inż ul np tzw tj m.in br im nr tys mln mld zob por godz gen płk "
		      "ks św al os r",
	    .numbers = "nr s str art ust pkt tel",
	    .maybe = "itd itp r w",
	    .openers = "w na i ale a on ona oni my ja to ten ta te po dla z do nie co jak kiedy "
		       "gdzie jeśli od za o przy "
		       "jest są był tak tam teraz kto dlaczego",
	    .ordinals = true,
	},
	{ .code = "no",
	    .snowball = "norwegian",
	    .titles = "hr fr dr prof nr ca bl.a f.eks kl mill",
	    .ordinals = true },
	{ .code = "fi",
	    .snowball = "finnish",
	    .titles = "hra rva dr prof esim ks ns mm klo nro",
	    .ordinals = true },
	{ .code = "cs", .titles = "p mgr ing dr prof tzv např tj č str ul sv", .ordinals = true },
	{ .code = "sk", .titles = "p mgr ing dr prof tzv napr tj č str ul sv", .ordinals = true },
	{ .code = "ro", .snowball = "romanian", .titles = "dl dna dr prof nr str art" },
	{ .code = "hu",
	    .snowball = "hungarian",
	    .titles = "dr prof pl kb ún ill",
	    .ordinals = true },
	{ .code = "ar", .snowball = "arabic" },
	{ .code = "hy", .snowball = "armenian" },
	{ .code = "tr", .titles = "dr prof doç av sn örn bkz yrd", .ordinals = true },
};

const size_t lang_others_n = sizeof(lang_others) / sizeof(lang_others[0]);
