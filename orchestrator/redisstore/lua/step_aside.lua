-- Moves the first command of a lane to the late lane, whose lease the node takes if nobody has it, and answers the
-- next.
--
-- KEYS  1 conversation  2 lane  3 leases  4 late lane
-- ARGV  1 lane's name  2 member of leases  3 node  4 end of the lease  5 relative id
--       6 late lane's name  7 its member of leases  8 now  9 command as it goes into the late lane
-- Returns the next command or nil, and 1 if the node holds the late lane, else 0; or -1 when the node does not hold the
-- lease of the lane.
local leaseEnd, id, late, lateMember, now, command = ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8]), ARGV[9]
local lateQueue = KEYS[4]
assert(#ARGV == 9 and #KEYS == 4 and tonumber(leaseEnd) and now, 'arguments')
if not holds() then return notLeased end
local lateUntil, lateOwner = lease('l' .. late)
local first = redis.call('LRANGE', queue, 0, 1)
local nextCommand = first[1]
if first[1] and is(first[1], id) then
  redis.call('LPOP', queue)
  redis.call('RPUSH', lateQueue, command)
  if not lateOwner or lateOwner == '' or lateUntil < now then
    redis.call('HSET', conversation, 'l' .. late, leaseEnd .. '|' .. node)
    redis.call('ZADD', leases, leaseEnd, lateMember)
    lateOwner = node
  end
  nextCommand = first[2]
end
return { following(nextCommand, leaseEnd), lateOwner == node and 1 or 0 }
