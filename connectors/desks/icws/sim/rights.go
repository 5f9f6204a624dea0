package sim

import (
	"net/http"
	"slices"
)

// mayHandle: a user may do something with a chat that they are in, that rings at them, or that stands in a workgroup in which
// they are active or over whose queue the administrator has given them the right.
func (s *Server) mayHandle(c *chat, u *user) bool {
	if c.lost[u.ID] {
		return false
	}
	rings := c.state == "A" && c.user == u.ID
	granted := u.ID == s.options.Bot.ID && slices.Contains(s.options.MayHandle, c.workgroup)
	return c.member(u.ID) != nil || rings || granted || u.active[c.workgroup]
}

// forbidden is the answer to whoever has no right.
const forbidden = "You do not have rights to the interaction."

// handled is do for a chat that the session's user may handle.
func (s *Server) handled(in *session, do func(c *chat) (int, string)) func(c *chat) (int, string) {
	return func(c *chat) (int, string) {
		if !s.mayHandle(c, in.user) {
			return http.StatusForbidden, forbidden
		}
		return do(c)
	}
}
