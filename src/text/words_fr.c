/* French: the words that sentences, terms and summaries turn on. */
#include "text/lang.h"

const struct lang_table lang_fr = {
	.code = "fr",
	.snowball = "french",
	.titles = "m mm mme mlle mmes dr pr mgr st ste cf env pp vol chap fig me vs v p.ex c.-à-d "
		  "hon gén col "
		  "cap lt apr prés cdt ltn sgt adj dir éts ex",
	.numbers =
	    "no n p pp al fig vol art chap n° janv févr avr juil sept oct nov déc tél tel lun ven dim ch env app",
	.maybe = "etc av s.a j.-c env cie inc éd hab km ex",
	.openers =
	    "le la les un une il elle ils elles nous je on ce cette ces c d l en dans pour par sur "
	    "mais "
	    "et selon après avec à au aux des du que qui quand si tu vous son sa ses mon ma mes "
	    "leur leurs notre votre tout tous toute toutes plus cela ça ceci or donc car "
	    "puis ensuite enfin ainsi alors aussi depuis pendant avant sans sous entre vers chez "
	    "contre malgré lorsque comme où pourquoi comment quel quelle quels quelles "
	    "aujourd'hui hier demain aucun aucune chaque certains plusieurs j n s qu est sont a "
	    "ont était très deux trois",
	.stop = "a à au aux avec ce ces cet cette comme d dans de des du elle en est et été être "
		"eu fait il "
		"ils l la le les leur leurs lui mais me même mes mon n ne nos notre nous on ont ou "
		"où par "
		"pas plus pour qu que qui s sa sans se ses son sont sur ta te tes toi ton tu un "
		"une vos "
		"votre vous c j y ces était avait aussi après deux dont "
		"lors depuis entre contre sous chez vers avant pendant selon alors donc ainsi "
		"encore très bien tous tout toute toutes si ni sera seront serait étaient avaient "
		"eux celui celle ceux celles cela ça quand lorsque notamment également désormais "
		"peut peuvent doit soit afin car moins aujourd hui parce lequel laquelle chaque "
		"autre autres quelques t ayant fois an ans toujours déjà quel quelle aucun aucune "
		"là ici",
	.pronouns =
	    "il elle ils elles ce cela cette ces son sa ses leur mais et puis aussi ainsi en celui "
	    "celle",
	.pointers = "en ce cette ces cela celui celle",
	.cues = "annoncé selon annonce étude rapport confirmé lancé premier première décidé",
};
