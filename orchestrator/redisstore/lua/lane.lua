-- Functions for the scripts of one lane; put in front of each.
--
-- Their first KEYS are 1 conversation, 2 lane, 3 leases, and their first ARGV 1 the lane's name, 2 the member of leases
-- (<conversation>|<lane>), 3 the node.
local conversation, queue, leases = KEYS[1], KEYS[2], KEYS[3]
local field, member, node = 'l' .. ARGV[1], ARGV[2], ARGV[3]
local notLeased = -1

-- lease answers the end and the holder of a lease; nil, nil if the lane holds no commands, an empty holder after a
-- yield.
local function lease(name)
  local value = redis.call('HGET', conversation, name)
  if not value then return nil, nil end
  local untilWhen, owner = string.match(value, '^(%d+)|(.*)$')
  return tonumber(untilWhen), owner
end

local function holds()
  local _, owner = lease(field)
  return owner == node
end

local function hold(untilWhen)
  redis.call('HSET', conversation, field, untilWhen .. '|' .. node)
  redis.call('ZADD', leases, untilWhen, member)
end

-- is tells whether a stored command has this relative id.
local function is(command, id)
  local length = string.byte(command, 2)
  return length == #id and string.sub(command, 3, 2 + length) == id
end

-- following renews the lease and answers the command, or drops the lease and answers nil when there is none.
local function following(command, untilWhen)
  if command then
    hold(untilWhen)
    return command
  end
  redis.call('HDEL', conversation, field)
  redis.call('ZREM', leases, member)
  return false
end
