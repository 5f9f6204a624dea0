-- Writes one transition of a conversation, or nothing.
--
-- KEYS  1 conversation  2 record  3 timeline  4 due
--       then one key for each lane and, if there is any, leases
--       then, if flags has c, m or e: external, state before, state after, ended, unretired, seen, hour, recent, standing,
--       moved
-- ARGV  1 id                             2 version decided on ("0" creates)
--       3 mark and version to be written 4 field of the event       5 what to remember of it
--       6 record   7 channel   8 change  9 deadline (empty: none)
--      10 number of entries  11 number of lanes
--      12 flags: c creates, m moves (set with c), e ends, a had ended before, s has a second name
--      then the entries
--      then, if flags has s: field of the second name, what to remember of it
--      then, if there are lanes: node, now, end of the lease; for each lane its name, the number of commands, and they
--      then, if flags has c, m or e: moment of entering the state (or of the end), ms to keep the record ("0": until
--      retired), ms to remember events, moment before which ended conversations leave "ended", ms to keep the counters of an
--      hour, the same for "recent", field of standing before (empty: it is created) and after (empty: it ends), moment by
--      which it is listed, number of steps, number of counters, the counters: the steps in front
--
-- Returns 0 on a conflict; what is remembered (a string) if the event was committed before; "said" and that, if another event
-- of the same second name was; if there are lanes, the
-- places of those that the node holds (a list), negative where the lane was empty before; else 1. A repetition of the
-- very same commit, which the mark shows, is answered like the commit.
local conversation, record, timeline, due = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, want, version, event, remember = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local body, channel, change, deadline = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local entries, lanes, flags = tonumber(ARGV[10]), tonumber(ARGV[11]), ARGV[12]
local firstLaneKey, firstEntry, firstLease = 5, 13, 4
local mark = 8        -- bytes of the mark
local cutAtOnce = 10  -- bounds what one end tidies up after earlier ones
local hasEnded = '!'

local function has(flag) return string.find(flags, flag, 1, true) ~= nil end
local creates, moves, ends, over = has('c'), has('m'), has('e'), has('a')
local indexed = creates or moves or ends

-- All arguments are checked before anything is written: Redis does not undo half a script.
assert(entries and entries >= 1 and lanes and lanes >= 0, 'numbers')
assert(#id > 0 and #version > mark and #event == 12, 'mark or event')
assert(deadline == '' or tonumber(deadline), 'deadline')
local nextArg, nextKey = firstEntry + entries, firstLaneKey
local said, rememberSaid
if has('s') then
  said, rememberSaid = ARGV[nextArg], ARGV[nextArg + 1]
  assert(said and #said == 12 and rememberSaid, 'second name')
  nextArg = nextArg + 2
end
local node, now, leaseEnd
local lane = {}
if lanes > 0 then
  node, now, leaseEnd = ARGV[nextArg], tonumber(ARGV[nextArg + 1]), ARGV[nextArg + 2]
  assert(now and tonumber(leaseEnd), 'lease')
  nextArg = nextArg + 3
  for i = 1, lanes do
    local count = tonumber(ARGV[nextArg + 1])
    assert(count and count >= 1, 'lane')
    lane[i] = { name = ARGV[nextArg], first = nextArg + 2, last = nextArg + 1 + count }
    nextArg = nextArg + 2 + count
  end
  nextKey = nextKey + lanes + 1
end
local index = { arg = nextArg, key = nextKey }
if indexed then
  for i = 0, 5 do assert(tonumber(ARGV[nextArg + i]), 'index') end
  local steps, counters = tonumber(ARGV[nextArg + 9]), tonumber(ARGV[nextArg + 10])
  assert(tonumber(ARGV[nextArg + 8]) and steps and counters and steps <= counters, 'counters')
  assert(creates or ARGV[nextArg + 6] ~= '', 'standing before')
  assert(ends or ARGV[nextArg + 7] ~= '', 'standing after')
  nextArg = nextArg + 11 + counters
  nextKey = nextKey + 10
end
assert(#ARGV == nextArg - 1 and #KEYS == nextKey - 1, 'count')

local fields = { 'v', event, 'd' }
for i = 1, lanes do fields[firstLease - 1 + i] = 'l' .. lane[i].name end
if said then fields[#fields + 1] = said end
local known = redis.call('HMGET', conversation, unpack(fields))

local function leaseOf(i)
  local lease = known[firstLease - 1 + i]
  if not lease then return nil, nil end
  local untilWhen, owner = string.match(lease, '^(%d+)|(.*)$')
  return tonumber(untilWhen), owner
end

if known[2] then
  if string.sub(known[1] or '', 1, mark) ~= string.sub(version, 1, mark) then return known[2] end
  if lanes == 0 then return 1 end
  local mine = {}
  for i = 1, lanes do
    local _, owner = leaseOf(i)
    if owner == node then mine[#mine + 1] = i end
  end
  return mine
end
if said and known[#fields] then return { 'said', known[#fields] } end
-- The record comes with the refusal, so that whoever lost decides anew without another round trip: without it a process
-- that has to load would lose against one that has not, again and again.
local function conflict() return { 'conflict', redis.call('GET', record) } end
if (known[1] and string.sub(known[1], mark + 1) or '0') ~= want then return conflict() end
if creates then
  local newest = redis.call('GET', KEYS[index.key])
  if newest and string.sub(newest, -1) ~= hasEnded then return conflict() end
end

-- The record may have expired since it was read; then nothing is left that could be changed.
if over and redis.call('EXISTS', record) == 0 then return conflict() end
-- Published before anything is written: a user who may not use the channel is refused while nothing is stored. Readers get it
-- when the script has ended.
redis.call('PUBLISH', channel, change)

if over then
  redis.call('SET', record, body, 'KEEPTTL')
else
  redis.call('SET', record, body)
end
redis.call('RPUSH', timeline, unpack(ARGV, firstEntry, firstEntry + entries - 1))

local set = { 'v', version, event, remember }
if said then set[5], set[6] = said, rememberSaid end
if not ends and not over then
  local function moment(s) return s == '' and math.huge or tonumber(s) end
  local before = known[3]
  -- Between moves the index only goes forward to an earlier moment; the sweep puts back what was not due after all.
  if deadline ~= before and (moves or creates or not before or moment(deadline) < moment(before)) then
    redis.call('ZADD', due, deadline == '' and '+inf' or deadline, id)
    set[#set + 1], set[#set + 2] = 'd', deadline
  end
end

local mine = {}
for i = 1, lanes do
  redis.call('RPUSH', KEYS[firstLaneKey - 1 + i], unpack(ARGV, lane[i].first, lane[i].last))
  local untilWhen, owner = leaseOf(i)
  if not owner or owner == '' or untilWhen < now then
    set[#set + 1] = 'l' .. lane[i].name
    set[#set + 1] = leaseEnd .. '|' .. node
    redis.call('ZADD', KEYS[firstLaneKey + lanes], leaseEnd, id .. '|' .. lane[i].name)
    owner = node
  end
  if owner == node then mine[#mine + 1] = known[firstLease - 1 + i] and i or -i end
end
redis.call('HSET', conversation, unpack(set))

if indexed then
  local k, a = index.key, index.arg
  local external, from, to, ended, unretired, seen, hour, recent, standing, moved = unpack(KEYS, k, k + 9)
  local at, keepRecord, keepEvents, cutEnded = ARGV[a], ARGV[a + 1], ARGV[a + 2], ARGV[a + 3]
  local keepHour, keepRecent, before, after = ARGV[a + 4], ARGV[a + 5], ARGV[a + 6], ARGV[a + 7]
  local listed, steps, counters = ARGV[a + 8], tonumber(ARGV[a + 9]), tonumber(ARGV[a + 10])
  if creates then redis.call('SET', external, id) end
  -- What stands where is counted exactly as it enters and leaves the index, so that the two differ only by what was never
  -- counted.
  if not creates and (ends or from ~= to) and redis.call('ZREM', from, id) == 1 then
    redis.call('HINCRBY', standing, before, -1)
  end
  if not creates and not ends and from == to and before ~= after and redis.call('ZSCORE', to, id) then -- of another flow now
    redis.call('HINCRBY', standing, before, -1)
    redis.call('HINCRBY', standing, after, 1)
  end
  if ends then
    redis.call('ZREM', due, id)
    redis.call('ZREM', seen, id)
    redis.call('SET', external, id .. hasEnded, 'PX', keepEvents)
    redis.call('PEXPIRE', conversation, keepEvents)
    if keepRecord ~= '0' then
      redis.call('PEXPIRE', record, keepRecord)
      redis.call('PEXPIRE', timeline, keepRecord)
    end
    local old = redis.call('ZRANGEBYSCORE', ended, '-inf', '(' .. cutEnded, 'LIMIT', 0, cutAtOnce)
    if #old > 0 then redis.call('ZREM', ended, unpack(old)) end
    redis.call('ZADD', ended, at, id)
    redis.call('ZADD', unretired, at, id)
    redis.call('ZREM', moved, id)
    -- What a process of the version before has ended is still there.
    local left = redis.call('ZRANGEBYSCORE', moved, '-inf', '(' .. cutEnded, 'LIMIT', 0, cutAtOnce)
    if #left > 0 then redis.call('ZREM', moved, unpack(left)) end
  else
    redis.call('ZADD', moved, at, id)
    if redis.call('ZADD', to, listed, id) == 1 then redis.call('HINCRBY', standing, after, 1) end
  end
  local function count(counters, name, keep)
    if redis.call('HINCRBY', counters, name, 1) == 1 then redis.call('PEXPIRE', counters, keep) end
  end
  for i = 1, counters do
    count(hour, ARGV[a + 10 + i], keepHour)
    if i <= steps then count(recent, ARGV[a + 10 + i], keepRecent) end
  end
end

if lanes > 0 then return mine end
return 1
