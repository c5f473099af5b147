// The Lua scripts of the Redis transport: each step on a stream is atomic, so replicas of a relay need no lock among them.
// A stream's entries have the ids `<position>-0`. Beside it stands a hash: `log` names the log, `stamp` changes with every reset.
import type { Redis } from 'ioredis';

const tailOf = `
  local function tailOf(key)
    if redis.call('EXISTS', key) == 0 then return 0 end
    local info = redis.call('XINFO', 'STREAM', key)
    for i = 1, #info, 2 do
      if info[i] == 'last-generated-id' then return tonumber(string.match(info[i + 1], '^%d+')) end
    end
  end
  local function metaOf(key)
    return redis.call('HGET', key, 'log') or '', redis.call('HGET', key, 'stamp') or ''
  end`;

/** KEYS stream, meta. ARGV log, channel, position before the batch, then position and event of each entry. */
const publishScript = `${tailOf}
  local log, stamp = metaOf(KEYS[2])
  local tail = tailOf(KEYS[1])
  if log ~= ARGV[1] then return {'foreign', tail, stamp} end
  if tail < tonumber(ARGV[3]) then return {'behind', tail, stamp} end
  local fresh = {}
  for i = 4, #ARGV, 2 do
    local position = tonumber(ARGV[i])
    if position > tail then
      redis.call('XADD', KEYS[1], ARGV[i] .. '-0', 'event', ARGV[i + 1])
      tail = position
      fresh[#fresh + 1] = ARGV[i + 1]
    end
  end
  if #fresh > 0 then redis.call('PUBLISH', ARGV[2], '[' .. table.concat(fresh, ',') .. ']') end
  return {'published', tail, stamp}`;

/** KEYS stream, meta. ARGV log, new stamp, observed stamp, base, then group and position of each. Empties the stream to start behind base. */
const resetScript = `${tailOf}
  local log, stamp = metaOf(KEYS[2])
  if stamp ~= ARGV[3] then return tailOf(KEYS[1]) end
  if tailOf(KEYS[1]) > 0 then redis.call('DEL', KEYS[1]) end
  redis.call('HSET', KEYS[2], 'log', ARGV[1], 'stamp', ARGV[2])
  for i = 5, #ARGV, 2 do
    redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[i], ARGV[i + 1] .. '-0', 'MKSTREAM')
    redis.call('XGROUP', 'SETID', KEYS[1], ARGV[i], ARGV[i + 1] .. '-0')
  end
  if tonumber(ARGV[4]) > 0 then redis.call('XSETID', KEYS[1], ARGV[4] .. '-0') end
  return tonumber(ARGV[4])`;

/** KEYS stream, meta. Gives log, stamp, tail, first available position, then name and settled position of each group. */
const inspectScript = `${tailOf}
  local log, stamp = metaOf(KEYS[2])
  local tail = tailOf(KEYS[1])
  local result = {log, stamp, tail, tail + 1}
  if redis.call('EXISTS', KEYS[1]) == 0 then return result end
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
  if #first > 0 then result[4] = tonumber(string.match(first[1][1], '^%d+')) end
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local name, settled
    for i = 1, #group, 2 do
      if group[i] == 'name' then name = group[i + 1] end
      if group[i] == 'last-delivered-id' then settled = tonumber(string.match(group[i + 1], '^%d+')) end
    end
    local pending = redis.call('XPENDING', KEYS[1], name)
    if pending[1] > 0 then settled = tonumber(string.match(pending[2], '^%d+')) - 1 end
    result[#result + 1] = name
    result[#result + 1] = settled
  end
  return result`;

/** KEYS stream. ARGV group, then positions. Gives 1 for each that the group has yet to be given or is handling, else 0. */
const unsettledScript = `
  local delivered = -1
  if redis.call('EXISTS', KEYS[1]) == 1 then
    for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
      local name, last
      for i = 1, #group, 2 do
        if group[i] == 'name' then name = group[i + 1] end
        if group[i] == 'last-delivered-id' then last = tonumber(string.match(group[i + 1], '^%d+')) end
      end
      if name == ARGV[1] then delivered = last end
    end
  end
  local result = {}
  for i = 2, #ARGV do
    local id = ARGV[i] .. '-0'
    local isOpen = tonumber(ARGV[i]) > delivered or #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1) > 0
    result[#result + 1] = isOpen and 1 or 0
  end
  return result`;

/** KEYS stream. ARGV group, own name, idle milliseconds. Forgets readers that hold nothing and are gone: with idle 0, this one. */
const forgetScript = `
  for _, reader in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
    local name, pending, idle
    for i = 1, #reader, 2 do
      if reader[i] == 'name' then name = reader[i + 1] end
      if reader[i] == 'pending' then pending = reader[i + 1] end
      if reader[i] == 'idle' then idle = reader[i + 1] end
    end
    local isMeant = (ARGV[3] == '0') == (name == ARGV[2])
    if pending == 0 and isMeant and idle >= tonumber(ARGV[3]) then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name) end
  end
  return 0`;

export interface PublishReply {
  readonly status: 'published' | 'foreign' | 'behind';
  /** Last position in the stream, trimmed ones included. */
  readonly tail: number;
  readonly stamp: string;
}

export interface StreamState {
  readonly logId: string;
  readonly stamp: string;
  readonly tail: number;
  /** First position that is still in the stream; `tail + 1` when it is empty. */
  readonly first: number;
  /** Per group, the position up to which everything was acknowledged. */
  readonly settled: ReadonlyMap<string, number>;
}

export interface StreamKeys {
  readonly stream: string;
  readonly meta: string;
  readonly channel: string;
}

export interface StreamScripts {
  publish(
    keys: StreamKeys,
    logId: string,
    before: number,
    entries: readonly { position: number; text: string }[],
  ): Promise<PublishReply>;
  /** Does nothing when another replica has reset since `observedStamp`. Gives the new tail. */
  reset(
    keys: StreamKeys,
    logId: string,
    stamps: { fresh: string; observed: string },
    base: number,
    groups: ReadonlyMap<string, number>,
  ): Promise<number>;
  inspect(keys: StreamKeys): Promise<StreamState>;
  unsettled(stream: string, group: string, positions: readonly number[]): Promise<boolean[]>;
  forgetReaders(stream: string, group: string, reader: string, idleMs: number): Promise<void>;
}

type Command = (...args: (string | number)[]) => Promise<unknown>;

export function createStreamScripts(client: Redis): StreamScripts {
  const define = (name: string, lua: string, numberOfKeys: number): Command => {
    client.defineCommand(name, { lua, numberOfKeys });
    return (...args) =>
      (client as unknown as Record<string, Command>)[name]?.(...args) ?? Promise.reject(new Error(`No command ${name}.`));
  };
  const publish = define('clawpursePublish', publishScript, 2);
  const reset = define('clawpurseReset', resetScript, 2);
  const inspect = define('clawpurseInspect', inspectScript, 2);
  const unsettled = define('clawpurseUnsettled', unsettledScript, 1);
  const forget = define('clawpurseForget', forgetScript, 1);

  return {
    publish: async (keys, logId, before, entries) => {
      const args = entries.flatMap(({ position, text }) => [position, text]);
      const reply = await publish(keys.stream, keys.meta, logId, keys.channel, before, ...args);
      const [status, tail, stamp] = reply as [PublishReply['status'], number, string];
      return { status, tail, stamp };
    },
    reset: async (keys, logId, stamps, base, groups) =>
      Number(await reset(keys.stream, keys.meta, logId, stamps.fresh, stamps.observed, base, ...[...groups].flat())),
    inspect: async (keys) => {
      const [logId, stamp, tail, first, ...rest] = (await inspect(keys.stream, keys.meta)) as [
        string,
        string,
        number,
        number,
        ...unknown[],
      ];
      const settled = new Map<string, number>();
      for (let i = 0; i < rest.length; i += 2) settled.set(String(rest[i]), Number(rest[i + 1]));
      return { logId, stamp, tail, first, settled };
    },
    unsettled: async (stream, group, positions) => {
      const reply = (await unsettled(stream, group, ...positions)) as number[];
      return reply.map((value) => value === 1);
    },
    forgetReaders: async (stream, group, reader, idleMs) => {
      await forget(stream, group, reader, idleMs);
    },
  };
}
