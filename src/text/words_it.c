/* Italian: the words that sentences, terms and summaries turn on. */
#include "text/lang.h"

const struct lang_table lang_it = {
	.code = "it",
	.snowball = "italian",
	.titles =
	    "sig sigg dott prof ing avv on sen mons s ss cfr pag tel n geom rag arch sig.ra "
	    "dott.ssa dr "
	    "sig.na prof.ssa cav gen col cap ten st v vs es p.es avv art fig vol ca circa min",
	.numbers =
	    "n nr sec co lett p pp pag pagg fig vol art cap tel gen feb mar apr mag giu lug ago set "
	    "sett ott nov dic "
	    "no ca",
	.maybe = "ecc etc s.p.a s.r.l a.c d.c c.a srl spa",
	.openers =
	    "il lo la i gli le un uno una questo questa questi queste nel nella ma e con per "
	    "secondo dopo a "
	    "al alla ai agli alle da dal dalla di del della dei degli delle in su sul sulla tra "
	    "fra che chi quando se non si è sono era ha hanno come dove anche però quindi poi "
	    "così ora oggi ieri domani tutti tutto tutte ogni alcuni molti altri altro "
	    "lui lei loro noi voi io tu ci vi mentre durante prima senza contro "
	    "quale quali perché c'è due tre più l un' all dell nell",
	.stop =
	    "a ad al alla alle ai agli allo anche ancora c che chi ci come con contro cui da dal "
	    "dalla dalle "
	    "dai dagli de degli dei del della delle dello di dopo dove e è ed era erano essere fa "
	    "fra "
	    "gli ha hanno i il in io la le lei lo loro lui ma mi mia mio nei nel nella nelle negli "
	    "no noi non nostro o ogni per perché più poi prima quale quando quanto quella quelle "
	    "quelli quello questa queste questi questo se sei si sia sono su sua sue sui sul sulla "
	    "suo suoi stata stato tra tre tu tutti tutto un una uno va vi l d dell all nell dall "
	    "due "
	    "detto",
	.pronouns = "egli lui lei loro essi questo questa questi queste ciò ma e però inoltre "
		    "anche così poi "
		    "quindi suo sua",
	.pointers = "questo questa questi queste ciò",
	.cues = "annunciato secondo annuncia studio rapporto confermato lanciato primo prima "
		"deciso approvato",
};
