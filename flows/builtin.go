package flows

import "strings"

// builtInOthers are the built-in texts in other languages than builtIn's, each with all of its keys.
var builtInOthers = map[string]Texts{
	"de": {
		textQueued:   "Sie werden mit jemandem aus unserem Team verbunden. Einen Moment, bitte.",
		textRequeued: "Sie werden mit jemand anderem aus unserem Team verbunden. Ihren Platz in der Warteschlange behalten Sie.",
		textAccepted: "Jemand aus unserem Team ist jetzt im Chat.",
		textWarning:  "Sind Sie noch da? Der Chat endet bald, wenn niemand schreibt.",
		textEnded:    "Der Chat ist beendet. Vielen Dank.",
		textApology:  "Es tut uns leid: Gerade kann niemand Ihren Chat übernehmen. Sie können hier weiterschreiben.",
		textFarewell: "Es tut uns leid: Gerade kann niemand Ihren Chat übernehmen. Bitte versuchen Sie es später noch einmal.",
		textClosed:   "Wir haben zurzeit geschlossen.",
		textNobody:   "Zurzeit ist niemand aus unserem Team da.",
		textNotAgain: "Im Moment können Sie nicht noch einmal nach jemandem aus unserem Team fragen.",

		textBotFailed: "Unser Assistent ist im Moment nicht erreichbar.",
		textAssistant: "Sie chatten mit einem KI-Assistenten.",
	},
	"fr": {
		textQueued:   "Nous vous mettons en relation avec un collègue. Un instant, s’il vous plaît.",
		textRequeued: "Nous vous mettons en relation avec un autre collègue. Vous gardez votre place dans la file.",
		textAccepted: "Un collègue a rejoint le chat.",
		textWarning:  "Êtes-vous toujours là ? Le chat se fermera bientôt si personne n’écrit.",
		textEnded:    "Le chat est terminé. Merci.",
		textApology:  "Nous sommes désolés : personne ne peut prendre votre chat maintenant. Vous pouvez continuer ici.",
		textFarewell: "Nous sommes désolés : personne ne peut prendre votre chat maintenant. Veuillez réessayer plus tard.",
		textClosed:   "Nous sommes fermés pour le moment.",
		textNobody:   "Aucun de nos collègues n’est là pour le moment.",
		textNotAgain: "Il n’est pas possible de redemander un collègue pour le moment.",

		textBotFailed: "Notre assistant n’est pas joignable pour le moment.",
		textAssistant: "Vous discutez avec un assistant IA.",
	},
	"nb": {
		textQueued:   "Du settes over til en kollega. Et øyeblikk.",
		textRequeued: "Du settes over til en annen kollega. Du beholder plassen din i køen.",
		textAccepted: "En kollega er nå med i chatten.",
		textWarning:  "Er du der fortsatt? Chatten avsluttes snart hvis ingen skriver.",
		textEnded:    "Chatten er avsluttet. Takk.",
		textApology:  "Beklager, ingen kan ta chatten din nå. Du kan fortsette her.",
		textFarewell: "Beklager, ingen kan ta chatten din nå. Prøv igjen senere.",
		textClosed:   "Vi har stengt for øyeblikket.",
		textNobody:   "Ingen av kollegene våre er her for øyeblikket.",
		textNotAgain: "Du kan ikke be om en kollega igjen akkurat nå.",

		textBotFailed: "Assistenten vår er ikke tilgjengelig for øyeblikket.",
		textAssistant: "Du chatter med en KI-assistent.",
	},
}

// alsoNorwegian are tags under which Norwegian is asked for as well.
var alsoNorwegian = map[string]string{"no": "nb", "nn": "nb"}

// standard is the built-in text in the customer's language, or in English where there is none.
func standard(language, key string) string {
	first, _, _ := strings.Cut(strings.ToLower(language), "-")
	if other, ok := alsoNorwegian[first]; ok {
		first = other
	}
	if texts, ok := builtInOthers[first]; ok {
		return texts[key]
	}
	return builtIn[key]
}
