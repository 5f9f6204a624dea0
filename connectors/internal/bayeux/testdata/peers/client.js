// A CometD client of the npm package cometd: node client.js URL CHANNEL HEADERS. It says "ready" when it has subscribed, then
// "event DATA" for each event, and "again" after a new handshake. It ends with its input.
'use strict';
require('cometd-nodejs-client').adapt();
const {CometD} = require('cometd');
const [url, channel, headers] = process.argv.slice(2);
const client = new CometD();
client.unregisterTransport('websocket');
client.configure({url, requestHeaders: JSON.parse(headers), logLevel: 'warn'});
let first = true;
client.addListener('/meta/handshake', answer => {
  if (!answer.successful) {
    console.log('refused ' + answer.error);
    return;
  }
  client.subscribe(channel, event => console.log('event ' + JSON.stringify(event.data)), answer => {
    console.log((first ? 'ready' : 'again') + (answer.successful ? '' : ' without a subscription'));
    first = false;
  });
});
client.handshake();
process.stdin.on('close', () => process.exit(0));
process.stdin.resume();
