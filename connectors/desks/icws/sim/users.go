package sim

import (
	"fmt"
	"net/http"
	"slices"
)

func (s *Server) userRoutes(in inSession) {
	in("GET /status/status-messages", s.statusMessages)
	in("PUT /status/user-statuses/{user}", s.putStatus)
	in("POST /licenses", s.licenses)
	in("PUT /connection/station", s.station)
	in("PUT /activations/users/{user}", s.activate)
}

func (s *Server) statusMessages(w http.ResponseWriter, _ *http.Request, _ *session) {
	list := []object{}
	for _, id := range []string{statusAvailable, statusAway, statusFollowUp, statusGone} {
		list = append(list, object{
			"statusId": id, "messageText": id, "isAfterCallWorkStatus": id == statusFollowUp, "isAcdStatus": id == statusAvailable,
		})
	}
	answer(w, http.StatusOK, object{"statusMessageList": list})
}

// putStatus answers 202: how it went comes as a message.
func (s *Server) putStatus(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "statusId:string")
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.PathValue("user") != in.user.ID {
		refuse(w, http.StatusForbidden, "error.request.accessDenied", "You may not change the status of this user.")
		return
	}
	request := s.number()
	done := object{
		"__type": "urn:inin.com:messaging:asyncOperationCompletedMessage", "isDelta": false, "requestId": request, "error": nil,
	}
	switch status := text(body, "statusId"); status {
	case statusAvailable, statusAway, statusFollowUp, statusGone:
		s.setStatus(in.user, status)
	default:
		done["error"] = object{"errorId": "error.status.unknown", "message": fmt.Sprintf("There is no status %q.", status)}
	}
	s.tell(in, "operations", done)
	s.publish()
	answer(w, http.StatusAccepted, object{"requestId": request})
}

// licenses answers 200 also for those that are refused.
func (s *Server) licenses(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "licenseList:texts")
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	results := []object{}
	for _, name := range texts(body, "licenseList") {
		status := 2
		if s.options.NoLicenses {
			status = 3
		}
		results = append(results, object{"licenseName": name, "isAvailable": status == 2, "licenseStatus": status})
	}
	in.user.licensed = !s.options.NoLicenses && len(results) > 0
	s.publish()
	answer(w, http.StatusOK, object{"licenseOperationResultList": results})
}

// stations are the kinds of station settings.
var stations = []string{
	"urn:inin.com:connection:workstationSettings", "urn:inin.com:connection:remoteWorkstationSettings",
	"urn:inin.com:connection:remoteNumberSettings", "urn:inin.com:connection:stationlessSettings",
}

func (s *Server) station(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "__type:string")
	if !ok {
		return
	}
	if !slices.Contains(stations, text(body, "__type")) {
		refuse(w, http.StatusBadRequest, "error.request.invalidRepresentation.invalidProperty", "The station is of no known type.")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	media, _ := body["supportedMediaTypes"].([]any)
	for _, one := range media {
		in.user.station = in.user.station || one == float64(2)
	}
	s.publish()
	answer(w, http.StatusOK, nil)
}

func (s *Server) activate(w http.ResponseWriter, r *http.Request, in *session) {
	body, ok := read(w, r, "activations:object")
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	given, _ := body["activations"].(object)
	for name, on := range given {
		in.user.active[name] = on == true
	}
	s.publish()
	answer(w, http.StatusOK, object{"userId": in.user.ID, "activations": in.user.active})
}
