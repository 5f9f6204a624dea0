-- Functions for the scripts of the roster; put in front of each.
--
-- KEYS of all of them, all in one slot:
--   1 presence  2 idle  3 load  4 seats  5 rings  6 line  7 places  8 kept  9 waiting  10 handle  11 chosen
--   12 held  13 seated
--
-- seats has for each conversation its seats joined by RS; a seat is agent, kind, since, until, since when it is or was
-- the owner's (0: never), queue, and 1 if it was reserved from the line, joined by US. A member of line is queue, rank
-- and conversation joined by US; a value of places and kept is that member, RS, and what the caller gave. load, rings and
-- seated follow from seats: every change of a seat changes them in the same script.
local presence, idle, load, seats, rings, line, places, kept, waiting, handle, chosen, held, seated = unpack(KEYS)
local US, RS = '\31', '\30'
local newest = 0.2 -- weight of the newest chat in the average time of a queue

assert(#KEYS == 13, 'keys')

local function split(text, separator)
  local parts, from = {}, 1
  while true do
    local at = string.find(text, separator, from, true)
    if not at then break end
    parts[#parts + 1] = string.sub(text, from, at - 1)
    from = at + 1
  end
  parts[#parts + 1] = string.sub(text, from)
  return parts
end

-- readSeats leaves out what is not in the stored form: it belongs to nobody who could give it back.
local function readSeats(stored)
  local list = {}
  for _, text in ipairs(split(stored, RS)) do
    local f = split(text, US)
    if #f == 7 and tonumber(f[3]) and tonumber(f[4]) and tonumber(f[5]) then
      list[#list + 1] = {
        agent = f[1], kind = f[2], since = f[3], untilWhen = f[4], owned = f[5], queue = f[6], fromLine = f[7] == '1',
      }
    end
  end
  return list
end

local function seatsOf(conversation) return readSeats(redis.call('HGET', seats, conversation) or '') end

local function keepSeats(conversation, list)
  if #list == 0 then
    redis.call('HDEL', seats, conversation)
    return
  end
  local texts = {}
  for i, s in ipairs(list) do
    texts[i] = table.concat({ s.agent, s.kind, s.since, s.untilWhen, s.owned, s.queue, s.fromLine and '1' or '0' }, US)
  end
  redis.call('HSET', seats, conversation, table.concat(texts, RS))
end

local function seatOf(list, agent)
  for i, s in ipairs(list) do
    if s.agent == agent then return s, i end
  end
  return nil, nil
end

-- stirred notes that an agent took a seat or gave one back.
local function stirred(agent, now)
  if redis.call('HEXISTS', presence, agent) == 1 then redis.call('HSET', idle, agent, now) end
end

local function taken(conversation, agent, now)
  redis.call('HINCRBY', load, agent, 1)
  redis.call('ZADD', seated, 0, agent .. US .. conversation)
  stirred(agent, now)
end

-- givenBack does the accounts of a seat that is given back; the caller takes it out of the list.
local function givenBack(conversation, s, now)
  if redis.call('HINCRBY', load, s.agent, -1) <= 0 then redis.call('HDEL', load, s.agent) end
  redis.call('ZREM', seated, s.agent .. US .. conversation)
  if s.kind == 'ringing' then redis.call('ZREM', rings, conversation .. US .. s.agent) end
  if s.owned ~= '0' and s.queue ~= '' then
    local took = tonumber(now) - tonumber(s.owned)
    local average = tonumber(redis.call('HGET', handle, s.queue) or took)
    redis.call('HSET', handle, s.queue, string.format('%.0f', average + newest * (took - average)))
  end
  stirred(s.agent, now)
end

local function memberOf(place) return string.sub(place, 1, string.find(place, RS, 1, true) - 1) end
local function queueOf(place) return string.sub(place, 1, string.find(place, US, 1, true) - 1) end

local function joinLine(conversation, place)
  redis.call('ZADD', line, 0, memberOf(place))
  redis.call('HSET', places, conversation, place)
  redis.call('HINCRBY', waiting, queueOf(place), 1)
end

-- leaveLine answers the place that the conversation had, if it had one. Nothing holds it any more.
local function leaveLine(conversation)
  redis.call('HDEL', held, conversation)
  local place = redis.call('HGET', places, conversation)
  if not place then return nil end
  redis.call('ZREM', line, memberOf(place))
  redis.call('HDEL', places, conversation)
  if redis.call('HINCRBY', waiting, queueOf(place), -1) <= 0 then redis.call('HDEL', waiting, queueOf(place)) end
  return place
end

-- servedFrom is the queue in which a conversation waits, waited before it was reserved, or is served from.
local function servedFrom(conversation, list)
  local place = redis.call('HGET', places, conversation) or redis.call('HGET', kept, conversation)
  if place then return queueOf(place) end
  for _, s in ipairs(list) do
    if s.queue ~= '' then return s.queue end
  end
  return ''
end
