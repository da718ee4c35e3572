/*
 * The words of dates: months in twenty languages, twelve-hour marks, zones by name. Month words are
 * matched by their beginnings, so "sept", "september" and "septembre" are one entry.
 */
#include "date.h"

#include <string.h>

/* Beginnings in lower case; longer ones first where one begins another. */
static const struct {
	const char *start;
	int month;
} months[] = {
	/* English and what other languages share with it */
	{ "jan", 1 },
	{ "feb", 2 },
	{ "mar", 3 },
	{ "apr", 4 },
	{ "may", 5 },
	{ "jun", 6 },
	{ "jul", 7 },
	{ "aug", 8 },
	{ "sep", 9 },
	{ "oct", 10 },
	{ "nov", 11 },
	{ "dec", 12 },
	/* German, Dutch, Danish, Swedish, Norwegian, Estonian */
	{ "jän", 1 },
	{ "jaan", 1 },
	{ "jän", 1 },
	{ "feber", 2 },
	{ "veeb", 2 },
	{ "mär", 3 },
	{ "mrt", 3 },
	{ "mrz", 3 },
	{ "maart", 3 },
	{ "maa", 3 },
	{ "märt", 3 },
	{ "mai", 5 },
	{ "maj", 5 },
	{ "mei", 5 },
	{ "okt", 10 },
	{ "dez", 12 },
	{ "des", 12 },
	{ "det", 12 },
	/* French */
	{ "fév", 2 },
	{ "fev", 2 },
	{ "avr", 4 },
	{ "juin", 6 },
	{ "juil", 7 },
	{ "aoû", 8 },
	{ "aou", 8 },
	{ "déc", 12 },
	/* Spanish, Portuguese, Catalan, Galician, Italian, Romanian */
	{ "ene", 1 },
	{ "gen", 1 },
	{ "gener", 1 },
	{ "ian", 1 },
	{ "abr", 4 },
	{ "mag", 5 },
	{ "maio", 5 },
	{ "maig", 5 },
	{ "giu", 6 },
	{ "iun", 6 },
	{ "xuñ", 6 },
	{ "lug", 7 },
	{ "iul", 7 },
	{ "xul", 7 },
	{ "ago", 8 },
	{ "set", 9 },
	{ "ott", 10 },
	{ "out", 10 },
	{ "noi", 11 },
	{ "dic", 12 },
	/* Polish */
	{ "sty", 1 },
	{ "lut", 2 },
	{ "kwi", 4 },
	{ "cze", 6 },
	{ "lip", 7 },
	{ "sie", 8 },
	{ "wrz", 9 },
	{ "paź", 10 },
	{ "paz", 10 },
	{ "lis", 11 },
	{ "gru", 12 },
	/* Czech and Slovak */
	{ "led", 1 },
	{ "úno", 2 },
	{ "uno", 2 },
	{ "bře", 3 },
	{ "bre", 3 },
	{ "dub", 4 },
	{ "kvě", 5 },
	{ "kve", 5 },
	{ "červenc", 7 },
	{ "cervenc", 7 },
	{ "čvc", 7 },
	{ "čer", 6 },
	{ "cer", 6 },
	{ "čvn", 6 },
	{ "srp", 8 },
	{ "zář", 9 },
	{ "zar", 9 },
	{ "říj", 10 },
	{ "rij", 10 },
	{ "pro", 12 },
	{ "máj", 5 },
	{ "jún", 6 },
	{ "júl", 7 },
	/* Hungarian */
	{ "már", 3 },
	{ "ápr", 4 },
	{ "szep", 9 },
	/* Finnish */
	{ "tam", 1 },
	{ "hel", 2 },
	{ "maalis", 3 },
	{ "huh", 4 },
	{ "tou", 5 },
	{ "kes", 6 },
	{ "hei", 7 },
	{ "elo", 8 },
	{ "syy", 9 },
	{ "lok", 10 },
	{ "marras", 11 },
	{ "jou", 12 },
	/* Turkish */
	{ "oca", 1 },
	{ "şub", 2 },
	{ "sub", 2 },
	{ "nis", 4 },
	{ "haz", 6 },
	{ "tem", 7 },
	{ "ağu", 8 },
	{ "agu", 8 },
	{ "eyl", 9 },
	{ "eki", 10 },
	{ "kas", 11 },
	{ "ara", 12 },
	/* Indonesian, Malay, Vietnamese abbreviations are numeric */
	{ "peb", 2 },
	{ "agt", 8 },
	{ "agu", 8 },
	{ "ogo", 8 },
	/* Icelandic */
	{ "maí", 5 },
	{ "ágú", 8 },
	{ "nóv", 11 },
	/* Russian, Bulgarian, Serbian */
	{ "янв", 1 },
	{ "яну", 1 },
	{ "јан", 1 },
	{ "фев", 2 },
	{ "феб", 2 },
	{ "мар", 3 },
	{ "апр", 4 },
	{ "май", 5 },
	{ "мая", 5 },
	{ "мај", 5 },
	{ "июн", 6 },
	{ "юни", 6 },
	{ "јун", 6 },
	{ "июл", 7 },
	{ "юли", 7 },
	{ "јул", 7 },
	{ "авг", 8 },
	{ "сен", 9 },
	{ "сеп", 9 },
	{ "окт", 10 },
	{ "ноя", 11 },
	{ "ное", 11 },
	{ "нов", 11 },
	{ "дек", 12 },
	{ "дец", 12 },
	/* Ukrainian */
	{ "січ", 1 },
	{ "лют", 2 },
	{ "бер", 3 },
	{ "кві", 4 },
	{ "тра", 5 },
	{ "чер", 6 },
	{ "лип", 7 },
	{ "сер", 8 },
	{ "вер", 9 },
	{ "жов", 10 },
	{ "лис", 11 },
	{ "гру", 12 },
	/* Greek, with and without accents */
	{ "ιαν", 1 },
	{ "φεβ", 2 },
	{ "φεύ", 2 },
	{ "μάρ", 3 },
	{ "μαρ", 3 },
	{ "μαρ", 3 },
	{ "μάώ", 3 },
	{ "μαώ", 3 },
	{ "απρ", 4 },
	{ "αρλ", 4 },
	{ "μάι", 5 },
	{ "μαΐ", 5 },
	{ "μαϊ", 5 },
	{ "μαι", 5 },
	{ "ιούν", 6 },
	{ "ιουν", 6 },
	{ "ιον", 6 },
	{ "ιούλ", 7 },
	{ "ιουλ", 7 },
	{ "ιολ", 7 },
	{ "αύγ", 8 },
	{ "αυγ", 8 },
	{ "σεπ", 9 },
	{ "οκτ", 10 },
	{ "νοέ", 11 },
	{ "νοε", 11 },
	{ "δεκ", 12 },
	/* Hebrew and Arabic */
	{ "ינו", 1 },
	{ "פבר", 2 },
	{ "מרץ", 3 },
	{ "מרס", 3 },
	{ "אפר", 4 },
	{ "מאי", 5 },
	{ "יונ", 6 },
	{ "יול", 7 },
	{ "אוג", 8 },
	{ "ספט", 9 },
	{ "אוק", 10 },
	{ "נוב", 11 },
	{ "דצמ", 12 },
	{ "يناير", 1 },
	{ "فبراير", 2 },
	{ "مارس", 3 },
	{ "أبريل", 4 },
	{ "ابريل", 4 },
	{ "مايو", 5 },
	{ "يونيو", 6 },
	{ "يوليو", 7 },
	{ "أغسطس", 8 },
	{ "اغسطس", 8 },
	{ "سبتمبر", 9 },
	{ "أكتوبر", 10 },
	{ "اكتوبر", 10 },
	{ "نوفمبر", 11 },
	{ "ديسمبر", 12 },
};

/* Days of the week that begin like a month: alone they say nothing, beside a month they are the day. */
static const char *const weekdays[] = { "mar", "mart", "mardi", "martes", "marti", "marți",
	"martedi", "martedì", "mer", "dec", "maandag", "maa", "maanantai", "márt", "sub", "sob",
	"пон", "лис", "set", "juv", "lip", "augs" };

int
date_month(struct span w)
{
	size_t best = 0;
	int month = 0;

	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++) {
		size_t n = strlen(months[i].start);
		if (n > best && w.n >= n && memcmp(w.p, months[i].start, n) == 0) {
			best = n;
			month = months[i].month;
		}
	}
	return month;
}

bool
date_maybe_weekday(struct span w)
{
	for (size_t i = 0; i < sizeof(weekdays) / sizeof(weekdays[0]); i++)
		if (span_eqs(w, weekdays[i]))
			return true;
	return w.n > 3 && w.n <= 24 &&
	       (memcmp(w.p, "mard", 4) == 0 || memcmp(w.p, "mart", 4) == 0) && w.n != 5;
}

/* Minutes east of Greenwich. */
static const struct {
	const char *name;
	int minutes;
} zones[] = {
	{ "z", 0 },
	{ "ut", 0 },
	{ "utc", 0 },
	{ "gmt", 0 },
	{ "wet", 0 },
	{ "est", -300 },
	{ "edt", -240 },
	{ "cst", -360 },
	{ "cdt", -300 },
	{ "mst", -420 },
	{ "mdt", -360 },
	{ "pst", -480 },
	{ "pdt", -420 },
	{ "et", -300 },
	{ "ct", -360 },
	{ "mt", -420 },
	{ "pt", -480 },
	{ "akst", -540 },
	{ "akdt", -480 },
	{ "hst", -600 },
	{ "hdt", -540 },
	{ "ast", -240 },
	{ "adt", -180 },
	{ "nst", -210 },
	{ "ndt", -150 },
	{ "brt", -180 },
	{ "brst", -120 },
	{ "art", -180 },
	{ "clt", -240 },
	{ "clst", -180 },
	{ "cot", -300 },
	{ "pet", -300 },
	{ "vet", -240 },
	{ "uyt", -180 },
	{ "bot", -240 },
	{ "west", 60 },
	{ "bst", 60 },
	{ "cet", 60 },
	{ "met", 60 },
	{ "mez", 60 },
	{ "wat", 60 },
	{ "cest", 120 },
	{ "mest", 120 },
	{ "mesz", 120 },
	{ "eet", 120 },
	{ "sast", 120 },
	{ "cat", 120 },
	{ "eest", 180 },
	{ "msk", 180 },
	{ "eat", 180 },
	{ "trt", 180 },
	{ "idt", 180 },
	{ "msd", 240 },
	{ "gst", 240 },
	{ "samt", 240 },
	{ "irst", 210 },
	{ "irdt", 270 },
	{ "pkt", 300 },
	{ "uzt", 300 },
	{ "yekt", 300 },
	{ "ist", 330 },
	{ "npt", 345 },
	{ "bdt", 360 },
	{ "omst", 360 },
	{ "ict", 420 },
	{ "wib", 420 },
	{ "krat", 420 },
	{ "sgt", 480 },
	{ "hkt", 480 },
	{ "myt", 480 },
	{ "pht", 480 },
	{ "awst", 480 },
	{ "irkt", 480 },
	{ "wita", 480 },
	{ "jst", 540 },
	{ "kst", 540 },
	{ "wit", 540 },
	{ "yakt", 540 },
	{ "acst", 570 },
	{ "acdt", 630 },
	{ "aest", 600 },
	{ "aedt", 660 },
	{ "vlat", 600 },
	{ "nzst", 720 },
	{ "nzdt", 780 },
};

bool
date_zone(struct span w, int *minutes)
{
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (span_eqs(w, zones[i].name)) {
			*minutes = zones[i].minutes;
			return true;
		}
	return false;
}

/* Zones of the tz database that feeds name, with the rule of their summer time. */
static const struct {
	const char *name;
	int minutes;
	enum date_summer summer;
} places[] = {
	{ "etc/gmt", 0, SUMMER_NONE },
	{ "etc/utc", 0, SUMMER_NONE },
	{ "europe/london", 0, SUMMER_EU },
	{ "europe/dublin", 0, SUMMER_EU },
	{ "europe/lisbon", 0, SUMMER_EU },
	{ "europe/athens", 120, SUMMER_EU },
	{ "europe/bucharest", 120, SUMMER_EU },
	{ "europe/helsinki", 120, SUMMER_EU },
	{ "europe/kiev", 120, SUMMER_EU },
	{ "europe/kyiv", 120, SUMMER_EU },
	{ "europe/riga", 120, SUMMER_EU },
	{ "europe/sofia", 120, SUMMER_EU },
	{ "europe/tallinn", 120, SUMMER_EU },
	{ "europe/vilnius", 120, SUMMER_EU },
	{ "europe/istanbul", 180, SUMMER_NONE },
	{ "europe/minsk", 180, SUMMER_NONE },
	{ "europe/moscow", 180, SUMMER_NONE },
	{ "europe/samara", 240, SUMMER_NONE },
	{ "america/new_york", -300, SUMMER_US },
	{ "us/eastern", -300, SUMMER_US },
	{ "america/toronto", -300, SUMMER_US },
	{ "america/montreal", -300, SUMMER_US },
	{ "america/detroit", -300, SUMMER_US },
	{ "america/chicago", -360, SUMMER_US },
	{ "us/central", -360, SUMMER_US },
	{ "america/winnipeg", -360, SUMMER_US },
	{ "america/denver", -420, SUMMER_US },
	{ "us/mountain", -420, SUMMER_US },
	{ "america/edmonton", -420, SUMMER_US },
	{ "america/phoenix", -420, SUMMER_NONE },
	{ "america/los_angeles", -480, SUMMER_US },
	{ "us/pacific", -480, SUMMER_US },
	{ "america/vancouver", -480, SUMMER_US },
	{ "america/anchorage", -540, SUMMER_US },
	{ "pacific/honolulu", -600, SUMMER_NONE },
	{ "america/halifax", -240, SUMMER_US },
	{ "america/st_johns", -210, SUMMER_US },
	{ "america/sao_paulo", -180, SUMMER_NONE },
	{ "america/buenos_aires", -180, SUMMER_NONE },
	{ "america/argentina/buenos_aires", -180, SUMMER_NONE },
	{ "america/bogota", -300, SUMMER_NONE },
	{ "america/lima", -300, SUMMER_NONE },
	{ "america/mexico_city", -360, SUMMER_NONE },
	{ "asia/tokyo", 540, SUMMER_NONE },
	{ "asia/seoul", 540, SUMMER_NONE },
	{ "asia/shanghai", 480, SUMMER_NONE },
	{ "asia/hong_kong", 480, SUMMER_NONE },
	{ "asia/taipei", 480, SUMMER_NONE },
	{ "asia/singapore", 480, SUMMER_NONE },
	{ "asia/manila", 480, SUMMER_NONE },
	{ "asia/jakarta", 420, SUMMER_NONE },
	{ "asia/bangkok", 420, SUMMER_NONE },
	{ "asia/ho_chi_minh", 420, SUMMER_NONE },
	{ "asia/saigon", 420, SUMMER_NONE },
	{ "asia/dhaka", 360, SUMMER_NONE },
	{ "asia/kolkata", 330, SUMMER_NONE },
	{ "asia/calcutta", 330, SUMMER_NONE },
	{ "asia/kathmandu", 345, SUMMER_NONE },
	{ "asia/karachi", 300, SUMMER_NONE },
	{ "asia/dubai", 240, SUMMER_NONE },
	{ "asia/tehran", 210, SUMMER_NONE },
	{ "asia/riyadh", 180, SUMMER_NONE },
	{ "asia/jerusalem", 120, SUMMER_EU },
	{ "africa/cairo", 120, SUMMER_NONE },
	{ "africa/johannesburg", 120, SUMMER_NONE },
	{ "africa/lagos", 60, SUMMER_NONE },
	{ "africa/nairobi", 180, SUMMER_NONE },
	{ "australia/sydney", 600, SUMMER_SOUTH },
	{ "australia/melbourne", 600, SUMMER_SOUTH },
	{ "australia/hobart", 600, SUMMER_SOUTH },
	{ "australia/brisbane", 600, SUMMER_NONE },
	{ "australia/adelaide", 570, SUMMER_SOUTH },
	{ "australia/perth", 480, SUMMER_NONE },
	{ "pacific/auckland", 720, SUMMER_NZ },
};

bool
date_place(struct span w, int *minutes, enum date_summer *summer)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (span_eqs(w, places[i].name)) {
			*minutes = places[i].minutes;
			*summer = places[i].summer;
			return true;
		}
	/* The rest of Europe lives in Central European time. */
	if (w.n > 7 && memcmp(w.p, "europe/", 7) == 0) {
		*minutes = 60;
		*summer = SUMMER_EU;
		return true;
	}
	return false;
}
