// How a conversation stands, in words for the customer.
import { say } from './chatwords.js';

const live = ['bot', 'queued', 'offered', 'agent', 'conference', 'transferring', 'wrap_up'];

export const isLive = (now) => live.includes(now?.state);

export const waits = (now) => now.state === 'queued' || now.state === 'offered';

// isOver: for her, though her colleague may still have work with it.
export const isOver = (now) => !isLive(now) || (now.state === 'wrap_up' && now.controller !== 'bot');

export const withBot = (now) => now.state === 'bot' || (now.state === 'wrap_up' && now.controller === 'bot');

export function headline(now) {
  switch (now.state) {
    case 'queued':
    case 'offered': return say('waiting');
    case 'agent':
    case 'conference':
    case 'transferring': return say('talks', { names: now.agents.filter((one) => one.role !== 'invited').map((one) => one.name).join(say('and')) });
    case 'wrap_up': return withBot(now) ? say('bot_talks') : say('ended');
    case 'completed':
    case 'abandoned':
    case 'expired': return say('ended');
  }
  return say('bot_talks');
}

export function place(now) {
  const { position, estimated_wait_seconds: wait } = now.queue ?? {}; // null while the desk has not been told
  if (now.state === 'offered') return say('rings');
  if (!position) return say('in_line');
  const first = position === 1 ? say('next') : say('number', { n: position });
  const minutes = Math.max(1, Math.round(wait / 60)); // an estimate has no seconds
  return wait ? `${first} ${say('wait', { time: `${minutes} min` })}` : first;
}
