/* Portuguese: the words that sentences, terms and summaries turn on. */
#include "text/lang.h"

const struct lang_table lang_pt = {
	.code = "pt",
	.snowball = "portuguese",
	.titles = "sr sra srs sras dr dra drs prof profa eng av pág art núm nº cel gen cap ten sto "
		  "sta d fig vol "
		  "cf ex exmo exma p.ex v vs arq adv st mons pe maj sgt dep séc",
	.numbers = "no n p pp pág págs fig vol art cap nº tel ext jan fev mar abr mai jun jul ago "
		   "set out nov dez "
		   "arts inc aprox séc sáb",
	.maybe = "etc s.a ltda cia a.c d.c hab min km i.e u.s e.u.a eua",
	.openers =
	    "o a os as um uma uns umas ele ela eles elas isso isto este esta estes estas em no na "
	    "nos nas de "
	    "do da dos das com por para mas segundo após ao à aos às que quem quando se não já "
	    "é são era foi há tem têm como onde embora além também sem sobre entre até desde "
	    "durante enquanto então assim agora hoje ontem amanhã todo todos toda todas muitos "
	    "alguns outro outra cada esse essa esses essas aquele aquela dois duas três mais só "
	    "e ou nem eu nós seu sua seus suas pelo pela ainda tendo",
	.stop = "a à ao aos as até com como da das de do dos e é ela elas ele eles em entre era "
		"essa esse esta este "
		"eu foi foram há isso isto já lhe mais mas me mesmo na nas não no nos o os ou para "
		"pela "
		"pelas pelo pelos por qual quando que quem se sem ser seu seus só sua suas também "
		"te tem "
		"um uma são está ter segundo dois duas "
		"sobre depois antes ainda muito muitos outro outra outros outras esses essas "
		"estes estas aquele aquela sob desde contra durante onde cada todo toda todos "
		"todas então assim apenas após porque pois nem sido sendo eram estava estavam "
		"será serão pode podem deve devem havia tinha tinham teve disse cujo cuja num "
		"numa nesta neste nessa nesse às lhes nós vez além",
	.pronouns =
	    "ele ela eles elas isso isto este esta esse essa seu sua mas e também além então assim",
	.pointers = "isso isto este esta esse essa",
	.cues = "anunciou segundo informou divulgou confirmou decidiu aprovou afirmou primeiro "
		"primeira",
};
