// Package icws is the desk of Genesys PureConnect (formerly Interaction Center) over ICWS, the Interaction Center Web
// Services.
//
// # Seat agent
//
// Our bot is logged in as a user of PureConnect, in the process that holds the session's lease. It takes the station that needs
// no phone, the licences, its workgroups and its status, picks up the chats that ring at it, and reports each as a conversation
// that began here. A handoff writes the context into the chat's own attributes and uses the blind transfer to a workgroup. From
// then on the bot is no party of the chat any more: what happens to it is seen through the workgroups' queues and the chat's own
// attributes (Eic_State, Eic_UserName), as far as the user may view them. After-call work is a status of the person who served.
// Where the user loses the right to look, the conversation ends truthfully as handed over.
//
// # Seat customer
//
// We open a web chat for the customer (/icws/web-chat/start) and relay both ways. It needs no user. The participant id is the
// only credential of such a chat, so the chat's id is the handle and the participant id lies in the desk's memory. The process
// that holds the lease polls every chat at the pace that the server suggests. After-call work cannot be seen from this side.
//
// # What cannot be known
//
// ICWS names no message. A person's word is known by its time, author and text, and by how often the same was said before; where
// a notification repeats one, the list of all words is asked for, which tells whether it was said twice. Poll answers are taken
// off the server's list as they are sent: after a lost one everything is subscribed to anew, and each subscription begins with
// how things stand.
//
// Sources: the ICWS web help (help.genesys.com/developer/cic/docs/icws/webhelp) and the vendor's own JavaScript library.
package icws
