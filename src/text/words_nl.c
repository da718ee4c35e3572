/* Dutch: the words that sentences, terms and summaries turn on. */
#include "text/lang.h"

const struct lang_table lang_nl = {
	.code = "nl",
	.snowball = "dutch",
	.titles = "dhr mevr mr drs dr prof ir ing mw st bijv nr ca blz art o.a resp jl ds d.w.z bv "
		  "jhr mgr o.m "
		  "gen kol maj kap burg zgn "
		  "max min incl excl evt t.a.v m.b.t vs v",
	.numbers =
	    "nr p blz art nrs jan feb mrt apr aug sept okt nov dec tel ca hfst afd lid za ma di wo vr",
	.maybe = "enz b.v n.v etc jl a.s m.a.w kap burg",
	.openers =
	    "het een hij zij we ik dit dat deze in op met van voor maar en volgens de die er ze je "
	    "u wij jij "
	    "jullie hun haar zijn als wanneer wat wie waar hoe waarom omdat hoewel terwijl na "
	    "bij door over onder tegen tussen uit om aan naar ook nu toen dan daar hier niet geen "
	    "alle veel sommige elke iedere beide andere twee drie vandaag gisteren morgen zo is "
	    "was waren heeft hebben wordt kan zal daarom daarna daarnaast toch echter verder "
	    "sinds tijdens zonder",
	.stop =
	    "aan al alles als altijd andere ben bij daar dan dat de der deze die dit doch doen "
	    "door dus een en "
	    "er ge geen had heb heeft hem het hier hij hoe hun iemand iets ik in is ja je kan kon "
	    "kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder "
	    "ons ook op over reeds te tegen toch toen tot u uit uw van veel voor want waren was "
	    "wat "
	    "werd wezen wie wil worden wordt zal ze zelf zich zij zijn zo zonder zou twee nieuwe "
	    "zegt",
	.pronouns = "hij zij ze het dit dat deze die daar dan dus maar en ook toch echter zo "
		    "daarom daarnaast "
		    "verder zijn haar hun",
	.pointers = "het dit dat deze die daar",
	.cues = "volgens kondigde aangekondigd onderzoek rapport bevestigde eerste grootste "
		"besloten gelanceerd "
		"waarschuwt",
	.ordinals = true,
};
