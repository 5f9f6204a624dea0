-- Removes an ended conversation: everything that its partition holds of it but what was given up (see Discard).
--
-- KEYS  1 conversation  2 record  3 timeline  4 external  5 due  6 leases  7 ended  8 unretired  9 seen  10 moved
--       then the key of each lane
-- ARGV  1 id  2 channel  3 change
--       then the field of each lane in the conversation, in the order of the keys
-- Returns 1; 0 where the conversation lives; 2 where it has a lane that was not named.
local conversation, record, timeline, external, due = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local leases, ended, unretired, seen, moved = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local id, channel, change = ARGV[1], ARGV[2], ARGV[3]
local firstLaneKey, firstLane = 11, 4
local hasEnded = '!'
local lanes = #KEYS - firstLaneKey + 1
assert(lanes >= 0 and #ARGV == firstLane - 1 + lanes, 'arguments')
if redis.call('ZSCORE', due, id) then return 0 end
local named = {}
for i = 1, lanes do named[ARGV[firstLane - 1 + i]] = true end
for _, field in ipairs(redis.call('HKEYS', conversation)) do
  if string.sub(field, 1, 1) == 'l' and not named[field] then return 2 end
end
redis.call('PUBLISH', channel, change) -- first: see commit
for i = 1, lanes do
  redis.call('DEL', KEYS[firstLaneKey - 1 + i])
  redis.call('ZREM', leases, id .. '|' .. string.sub(ARGV[firstLane - 1 + i], 2))
end
local newest = redis.call('GET', external)
if newest == id or newest == id .. hasEnded then redis.call('DEL', external) end
for _, index in ipairs({ ended, unretired, seen, moved }) do redis.call('ZREM', index, id) end
redis.call('DEL', conversation, record, timeline)
return 1
