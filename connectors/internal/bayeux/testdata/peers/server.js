// A CometD server of the npm package cometd-nodejs-server. It says "listening PORT" and "subscribed CHANNEL", and does what a
// line on its input tells: "tell CHANNEL TEXT" publishes, "forget" ends every session.
'use strict';
const http = require('http');
const lines = require('readline').createInterface({input: process.stdin});
const cometd = require('cometd-nodejs-server').createCometDServer({timeout: 2000, maxInterval: 5000});
const sessions = new Set();
cometd.addListener('sessionAdded', session => sessions.add(session));
cometd.addListener('sessionRemoved', session => sessions.delete(session));
cometd.policy = {
  canSubscribe: (session, message, channel, callback) => {
    console.log('subscribed ' + channel.name);
    callback(undefined, true);
  }
};
const server = http.createServer((request, response) => cometd.handle(request, response));
server.listen(0, '127.0.0.1', () => console.log('listening ' + server.address().port));
lines.on('line', line => {
  const [what, channel, ...words] = line.split(' ');
  if (what === 'tell') {
    cometd.createServerChannel(channel).publish(null, {text: words.join(' ')});
  } else {
    for (const session of [...sessions]) {
      session.disconnect();
    }
  }
});
lines.on('close', () => process.exit(0));
