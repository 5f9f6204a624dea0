-- Moves the first command of a lane to the undelivered list and answers the next.
--
-- KEYS  1 conversation  2 lane  3 leases  4 buried  5 burials
-- ARGV  1 lane's name  2 member of leases  3 node  4 end of the lease  5 relative id
--       6 member of buried  7 field of burials  8 value of burials  9 member before which old burials are forgotten
--      10 the command as it is stored, where its id cannot be read; empty otherwise
-- Returns the next command, nil when there is none, -1 when the node does not hold the lease.
local leaseEnd, id, grave, field, value, cut = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local stored = ARGV[10]
local buried, burials = KEYS[4], KEYS[5]
local cutAtOnce = 10
local momentLength = 17 -- of a member: the moment and a bar; the field follows
assert(#ARGV == 10 and #KEYS == 5 and tonumber(leaseEnd), 'arguments')
if not holds() then return notLeased end
local first = redis.call('LRANGE', queue, 0, 1)
local function meant(command)
  if stored ~= '' then return command == stored end
  return is(command, id)
end
if not first[1] or not meant(first[1]) then return following(first[1], leaseEnd) end
redis.call('LPOP', queue)
redis.call('ZADD', buried, 0, grave)
redis.call('HSET', burials, field, value)
for _, old in ipairs(redis.call('ZRANGEBYLEX', buried, '-', '(' .. cut, 'LIMIT', 0, cutAtOnce)) do
  redis.call('ZREM', buried, old)
  redis.call('HDEL', burials, string.sub(old, momentLength + 1))
end
return following(first[2], leaseEnd)
