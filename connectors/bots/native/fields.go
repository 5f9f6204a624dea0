package native

import (
	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// one reads a string that is kept as it is, unless there is a fault in it.
func (d *decoder) one(fault func(string) string) string {
	b, ok := d.String()
	if !ok {
		return ""
	}
	s := string(b)
	if wrong := fault(s); wrong != "" {
		d.Problem("%s", wrong)
		return ""
	}
	return s
}

// kept reads a string of which a part may be left out.
func (d *decoder) kept(keep func(string) (kept, fault string)) string {
	b, ok := d.String()
	if !ok {
		return ""
	}
	s, wrong := keep(string(b))
	if wrong != "" {
		d.Problem("%s", wrong)
	}
	return s
}

// plain reads a required text of one line.
func (d *decoder) plain(longest int) string {
	return d.one(func(s string) string { return values.Line(s, longest) })
}

// attributes reads a flat object. With deletes a null is kept: it deletes the attribute.
func (d *decoder) attributes(deletes bool) map[string]any {
	if !d.Object() {
		return nil
	}
	found := map[string]any{}
	for d.Member() {
		key := string(d.Name())
		wrong := values.AttributeName(key)
		if wrong != "" {
			d.Problem("%s", wrong)
		}
		value, ok := d.Scalar()
		if text, isText := value.(string); isText {
			value, wrong = values.AttributeText(text)
			if wrong != "" {
				d.Problem("%s", wrong)
			}
		}
		switch {
		case !ok:
		case value == nil && !deletes:
			d.Problem("must be a string, a number or a boolean")
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
			a.URL, located = d.one(values.FileURL), true
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
