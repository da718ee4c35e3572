/* English: the words that sentences, terms and summaries turn on. */
#include "text/lang.h"

const struct lang_table lang_en = {
	.code = "en",
	.snowball = "porter",
	.titles =
	    "mr mrs ms mx dr prof rev fr sr hon gen col lt maj capt cmdr adm sgt cpl pvt gov sen "
	    "rep pres amb atty supt insp st mt ft messrs mme mlle vs v viz cf eg ie e.g i.e approx "
	    "al brig det br msgr",
	.numbers =
	    "no nos p pp fig figs vol vols ch sec sect art eq ex para pt approx ca c rs cap n "
	    "n° jan feb mar apr jun jul aug sep sept oct nov dec ver rev tel ext",
	.maybe =
	    "inc corp co ltd llc plc bros dept est univ assn jr sr esq etc ave blvd rd st sq ph.d m.d "
	    "b.a m.a b.sc d.c a.m p.m u.s u.k u.n e.u u.s.a assoc govt intl natl jan feb mar apr "
	    "jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat sun ok approx "
	    "ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo "
	    "mont neb nev okla ore pa tenn tex vt va wash wis wyo min max hr hrs ft oz lb lbs misc "
	    "tech mfg cos",
	.openers =
	    "the a an it its it's he she they we i you this that these those there here in on at "
	    "by for from with when while as if but and or so yet what who why how where which "
	    "his her their our my your however meanwhile although though after before since "
	    "because under over during despite according also another some many most more all "
	    "both each no not one two three four five six seven eight nine ten still then now "
	    "last next once such even only just until unless instead perhaps do does did is are "
	    "was were can could will would should may might must has have had let please to of "
	    "today yesterday tomorrow later earlier every few several other others nobody "
	    "everyone nothing something about above across among around behind below between "
	    "like through without within whether whatever whenever maybe thanks thank yes first "
	    "second finally well too i'm i've i'd he's she's they're we're you're don't didn't "
	    "that's there's here's what's let's",
	.stop =
	    "a about above after again against all also am an and any are as at be because been "
	    "before being below between both but by can could did do does doing down during each "
	    "few for from further had has have having he her here hers him his how i if in into is "
	    "it its just me more most my no nor not now of off on once only or other our out over "
	    "own said same say says she should so some such than that the their them then there "
	    "these they this those through to too two under until up very was we were what when "
	    "where which while who whom why will with would you your mr mrs ms one new",
	.pronouns = "he she it they this that these those his her its their him them but and so "
		    "however also meanwhile then there such instead still yet",
	.pointers = "this that these those there here it it's",
	.cues =
	    "announced announces reported report study found according launched launch released "
	    "agreed ruled approved confirmed first largest record plans warned",
};
