// Package sim is SuperOffice Service chat as an HTTP handler: the REST interface of ChatSession, ChatTopic, Presence and
// Webhook, the Chat agent service that the vendor's own client uses, the login of system users, tenant states and signed
// webhooks. It follows the vendor's documents also where they are odd: three ways to say "nothing", property names that are
// read in any case and written in Pascal case, enums as names or numbers, a PUT that writes everything back, and calls that do
// nothing and answer 200. What the documents leave open is chosen as the least convenient of what they allow.
//
// The protocol of the customer's widget is not public: customers, like people at their screens, act through the Stage.
package sim
