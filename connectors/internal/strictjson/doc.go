// Package strictjson reads JSON that others sent, in one pass and without reflection. The caller walks through it and says
// what each member must be; whatever is wrong is collected with its exact JSON pointer (RFC 6901), so that the sender gets
// all of it at once. A text that is not JSON at all (RFC 8259), is not UTF-8, names a member twice or nests too deeply ends
// the reading: [Reader.End] says where.
//
//	r := strictjson.Open(body)
//	defer r.Close()
//	if r.Object() {
//		for r.Member() {
//			switch string(r.Name()) {
//			case "text":
//				text = r.Text(1, 8000)
//			default:
//				r.Skip()
//			}
//		}
//	}
//	if err := r.End(); err != nil { … }
package strictjson
