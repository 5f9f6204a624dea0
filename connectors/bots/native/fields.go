package native

import (
	"net/url"
	"strings"
	"unicode"

	"handoff/orchestrator"
)

// identifier reads an id of an event or of ours.
func (d *decoder) identifier() string {
	b, ok := d.String()
	if !ok {
		return ""
	}
	id := string(b)
	if !isID(id) {
		d.Problem("%s", wantID)
		return ""
	}
	return id
}

// plain reads a required text of one line: a name or an id of others.
func (d *decoder) plain(longest int) string {
	s := d.Text(1, longest)
	if strings.ContainsFunc(s, unicode.IsControl) {
		d.Problem("must not hold control characters")
		return ""
	}
	return s
}

// attributes reads a flat object. With deletes a null is kept: it deletes the attribute.
func (d *decoder) attributes(deletes bool) map[string]any {
	if !d.Object() {
		return nil
	}
	found := map[string]any{}
	for d.Member() {
		key := string(d.Name())
		if key == "" || len([]rune(key)) > MaxKey {
			d.Problem("the name must have 1 to %d characters", MaxKey)
		}
		value, ok := d.Scalar()
		text, isText := value.(string)
		switch {
		case !ok:
		case value == nil && !deletes:
			d.Problem("must be a string, a number or a boolean")
		case isText && len(text) > MaxValue && len([]rune(text)) > MaxValue:
			d.Problem("must have at most %d characters", MaxValue)
		default:
			found[key] = value
		}
	}
	if len(found) > MaxAttributes {
		d.Problem("must have at most %d attributes", MaxAttributes)
	}
	return found
}

// strings reads a list of short texts.
func (d *decoder) strings(most, longest int) []string {
	if !d.Array() {
		return nil
	}
	var found []string
	for d.Element() {
		if s := d.plain(longest); s != "" {
			found = append(found, s)
		}
	}
	if len(found) > most {
		d.Problem("must have at most %d elements", most)
	}
	return found
}

// language reads a BCP 47 tag; the shape is checked, not the registry.
func (d *decoder) language() string {
	tag := d.Text(1, MaxLanguage)
	if tag == "" {
		return ""
	}
	for i, part := range strings.Split(tag, "-") {
		if len(part) < 1 || len(part) > 8 || i == 0 && len(part) < 2 || strings.ContainsFunc(part, notAlphanumeric) {
			d.Problem("must be a BCP 47 tag such as de-DE")
			return ""
		}
	}
	return tag
}

func notAlphanumeric(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// email reads an address; whether it exists is not ours to know.
func (d *decoder) email() string {
	s := d.plain(MaxEmail)
	if at := strings.LastIndexByte(s, '@'); s != "" && (at < 1 || at == len(s)-1 || strings.ContainsRune(s, ' ')) {
		d.Problem("must be an e-mail address")
		return ""
	}
	return s
}

// attachments reads references to files.
func (d *decoder) attachments() []orchestrator.Attachment {
	if !d.Array() {
		return nil
	}
	var found []orchestrator.Attachment
	for d.Element() {
		found = append(found, d.attachment())
	}
	if len(found) > MaxAttachments {
		d.Problem("must have at most %d elements", MaxAttachments)
	}
	return found
}

func (d *decoder) attachment() (a orchestrator.Attachment) {
	if !d.Object() {
		return a
	}
	located := false
	for d.Present() {
		switch string(d.Name()) {
		case "url":
			a.URL, located = d.fileURL(), true
		case "name":
			a.Name = d.plain(MaxFileName)
		case "content_type":
			a.ContentType = d.plain(MaxContentType)
		case "size":
			a.Size, _ = d.Integer(0, 1<<50)
		default:
			d.Skip()
		}
	}
	if !located {
		d.Missing("url")
	}
	return a
}

// fileURL reads an absolute https URL without user and password.
func (d *decoder) fileURL() string {
	s := d.Text(1, MaxURL)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		d.Problem("must be an absolute https URL without user and password")
		return ""
	}
	return s
}
