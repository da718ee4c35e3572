/* Spanish: the words that sentences, terms and summaries turn on. */
#include "text/lang.h"

const struct lang_table lang_es = {
	.code = "es",
	.snowball = "spanish",
	.titles =
	    "sr sra srta sres sras dr dra ud uds d dña prof profa ing lic gral cnel cap tte sto "
	    "sta pág "
	    "págs núm art avda av tel ee uu fig vol cf aprox arq st v vs mons pdte cra cl hab p.ej "
	    "ej admón",
	.numbers =
	    "no núm n s sec p pp pág págs fig vol art cap tel ext cra lun mar mié jue vie sáb dom "
	    "ene feb abr "
	    "may jun jul ago sep sept oct nov dic aprox av",
	.maybe =
	    "etc av s.a ee.uu ee uu cía ltda min seg hab a.c d.c ene feb mar abr may jun jul ago "
	    "sep sept oct "
	    "nov dic",
	.openers =
	    "éste ésta éstos éstas ése ésa el la los las un una unos unas esto este esta estos estas él ella ellos ellas en de "
	    "con por "
	    "para pero y según tras a al del que quien cuando si no se su sus lo le les mi mis tu "
	    "es son era fue hay ha han como donde aunque además también sin sobre entre hasta "
	    "desde durante ante bajo mientras luego entonces así ahora hoy ayer mañana todo todos "
	    "toda todas muchos algunos otro otra cada ese esa eso aquel aquella dos tres más "
	    "sólo solo ya muy qué cómo por nos nosotros yo o",
	.stop =
	    "a al algo ante antes año años así aún como con contra cual cuando de del desde donde "
	    "dos "
	    "durante e el él ella ellas ellos en entre era es esa ese eso esta está están este "
	    "esto "
	    "estos estas fue fueron ha había han hasta hay la las le les lo los más me mi mientras "
	    "muy nada ni no nos nosotros o os otra otro para parte pero poco por porque que qué "
	    "quien "
	    "se sea según ser si sí sido sin sobre solo son su sus también tan tanto te tiene "
	    "tienen "
	    "todo todos tras tu un una unas uno unos y ya yo dijo",
	.pronouns = "él ella ellos ellas esto este esta estos estas eso ese esa su sus pero y "
		    "además también así "
		    "entonces luego aunque",
	.pointers = "esto este esta estos estas eso ese esa",
	.cues = "anunció según informó confirmó estudio informe lanzó aprobó decidió primer "
		"primera mayor",
};
