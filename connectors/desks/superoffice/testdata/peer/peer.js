// A user of SuperOffice who works through the vendor's own client, @superoffice/webapi of npm: none of our own code is on
// this side.
//
// It is told what to do in lines of JSON on its standard input, and answers each with one line on its standard output:
//   {"as": login, "call": method of the chat agent, "with": [arguments]}
//   {"answered": what the client made of the answer} · {"refused": HTTP status or message}
"use strict";
const readline = require("node:readline");
const { ChatAgent } = require("@superoffice/webapi");

const agents = new Map();

function agentOf(login) {
  if (!agents.has(login)) {
    const credentials = Buffer.from(`${login}:${process.env.PEER_PASSWORD}`).toString("base64");
    agents.set(login, new ChatAgent(process.env.PEER_URL, { headers: { Authorization: `Basic ${credentials}` } }));
  }
  return agents.get(login);
}

async function answer(line) {
  const { as, call, with: args } = JSON.parse(line);
  try {
    return { answered: (await agentOf(as)[call](...(args ?? []))) ?? null };
  } catch (error) {
    return { refused: String(error.response?.status ?? error) };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(line)) + "\n");
  }
})();
