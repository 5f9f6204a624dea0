-- Puts a buried command back at the end of its lane and takes the lease if nobody has it.
--
-- KEYS  1 conversation  2 lane  3 leases  4 buried  5 burials
-- ARGV  1 lane's name  2 member of leases  3 node  4 end of the lease  5 now
--       6 member of buried  7 field of burials  8 value of burials as it was read  9 command as it goes into the lane
--      10 mark of this very call
-- Returns 0 when the command is not buried any more or the conversation is forgotten, 2 when the node holds the lease
-- now, else 1. A repetition of the very same call, which the mark shows, is answered like the call.
local leaseEnd, now, grave, burial, value, command = ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local mark = ARGV[10]
local buried, burials = KEYS[4], KEYS[5]
local revived = 'r' -- field of the conversation: the mark of the newest call
assert(#ARGV == 10 and #KEYS == 5 and tonumber(leaseEnd) and now, 'arguments')
if redis.call('HGET', conversation, revived) == mark then return holds() and 2 or 1 end
if redis.call('HGET', burials, burial) ~= value then return 0 end
if redis.call('EXISTS', conversation) == 0 then return 0 end
redis.call('HSET', conversation, revived, mark)
redis.call('ZREM', buried, grave)
redis.call('HDEL', burials, burial)
redis.call('RPUSH', queue, command)
local untilWhen, owner = lease(field)
if not owner or owner == '' or untilWhen < now then
  hold(leaseEnd)
  return 2
end
return owner == node and 2 or 1
