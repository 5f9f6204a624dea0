// A bot's callback as a stranger builds it: Express, and the library "standardwebhooks". Whatever comes first is refused with one
// of the statuses in STATUSES, in turn, and taken when it comes again. Each call is told in a line of JSON.
import express from "express";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.SECRET);
const statuses = process.env.STATUSES.split(",").map(Number);
const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const refused = new Set();

const app = express();
app.post("/callback", express.raw({ type: "*/*" }), (request, response) => {
  let event;
  try {
    event = webhook.verify(request.body, request.headers);
  } catch (error) {
    tell({ untrusted: String(error) });
    return response.sendStatus(401);
  }
  const id = request.headers["webhook-id"];
  const status = refused.has(id) ? 204 : statuses[refused.size % statuses.length];
  refused.add(id);
  tell({ id, type: event.type, status });
  response.sendStatus(status);
});
const server = app.listen(0, "127.0.0.1", () => tell({ listening: server.address().port }));
