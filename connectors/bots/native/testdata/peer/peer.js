// A bot platform that signs what it sends, and checks what it is sent, with the library "standardwebhooks" of npm: none of
// our own code is on this side.
//
// It is told what to do in lines of JSON on its standard input, and tells what happened in lines on its standard output:
//   {"post": URL, "id": "…", "body": "…", "sent"?: "…", "age"?: seconds}   signs body and posts it (or sent, in its place)
//   {"listening": port} · {"answered": status, "body": {…}} · {"heard": {…}, "id": "…"} · {"refused": "…"}
"use strict";
const http = require("node:http");
const readline = require("node:readline");
const { Webhook } = require("standardwebhooks");

const webhook = new Webhook(process.env.PEER_SECRET);
const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    try {
      const heard = webhook.verify(Buffer.concat(parts), request.headers);
      tell({ heard, id: request.headers["webhook-id"] });
      response.writeHead(204).end();
    } catch (error) {
      tell({ refused: String(error) });
      response.writeHead(401).end();
    }
  });
});
server.listen(0, "127.0.0.1", () => tell({ listening: server.address().port }));

async function post({ post: url, id, body, sent = body, age = 0 }) {
  const at = new Date(Date.now() - age * 1000);
  const answer = await fetch(url, {
    method: "POST",
    body: sent,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": webhook.sign(id, at, body),
    },
  });
  tell({ answered: answer.status, body: await answer.json() });
}

const lines = readline.createInterface({ input: process.stdin });
lines.on("line", (line) => post(JSON.parse(line)).catch((error) => tell({ refused: String(error) })));
lines.on("close", () => { server.closeAllConnections(); server.close(); });
