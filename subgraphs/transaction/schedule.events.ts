// What this domain tells about schedules: to their owner, and to the audit log.
import { z } from 'zod';
import type { NewEvent, RecordedEvent } from '../../platform/events/event.ts';
import { type Schedule, type ScheduleRun, scheduleStates } from './schedule.repository.ts';
import { parseEvent, recordedAudit } from './transaction.events.ts';
import { asText } from './transaction.intent.ts';

export const scheduleChanges = ['CREATED', 'RAN', 'PAUSED', 'RESUMED', 'CANCELLED'] as const;
export type ScheduleChange = (typeof scheduleChanges)[number];

const eventTypes = {
  CREATED: 'clawpurse.transaction.schedule_created.v1',
  RAN: 'clawpurse.transaction.schedule_ran.v1',
  PAUSED: 'clawpurse.transaction.schedule_paused.v1',
  RESUMED: 'clawpurse.transaction.schedule_resumed.v1',
  CANCELLED: 'clawpurse.transaction.schedule_cancelled.v1',
} as const satisfies Record<ScheduleChange, string>;
const ownTypes: readonly string[] = Object.values(eventTypes);

const actions: Readonly<Record<Exclude<ScheduleChange, 'RAN'>, string>> = {
  CREATED: 'schedule.create',
  PAUSED: 'schedule.pause',
  RESUMED: 'schedule.resume',
  CANCELLED: 'schedule.cancel',
};

/** The live feed of a user's schedules. */
export const scheduleFeed = (ownerId: string): string => `schedules:${ownerId}`;

/** A change that somebody made, or that came by itself, with its audit record. */
export function scheduleEvents(
  schedule: Schedule,
  change: Exclude<ScheduleChange, 'RAN'>,
  actor: { readonly userId: string; readonly requestId: string | null },
): NewEvent[] {
  const { id, ownerId, state, version, money, frequency, interval, nextAt, pauseCode } = schedule;
  const record = {
    actorId: actor.userId,
    action: actions[change],
    resourceType: 'TransferSchedule',
    resourceId: id,
    outcome: 'SUCCEEDED' as const,
    subjectUserId: ownerId,
    details: {
      state,
      version,
      ...asText(money),
      frequency,
      interval,
      nextAt: nextAt?.toISOString() ?? null,
      code: pauseCode,
    },
    requestId: actor.requestId,
  };
  const audit = recordedAudit(record, { correlationId: actor.requestId, causationId: null });
  return [changed(schedule, change, null, actor.requestId), audit];
}

/** An occurrence has come. Its transfer, where there is one, has an audit record of its own. */
export function scheduleRan(schedule: Schedule, run: ScheduleRun): NewEvent {
  return changed(schedule, 'RAN', run, null);
}

function changed(schedule: Schedule, change: ScheduleChange, run: ScheduleRun | null, correlationId: string | null): NewEvent {
  const { id: scheduleId, ownerId, state, version, nextAt, pauseCode, updatedAt } = schedule;
  return {
    type: eventTypes[change],
    kind: 'domain',
    subject: scheduleId,
    data: {
      scheduleId,
      ownerId,
      change,
      state,
      version,
      nextAt: nextAt?.toISOString() ?? null,
      pauseCode,
      /** The occurrence that has come; null for every other change. */
      run:
        run === null
          ? null
          : {
              occurrence: run.occurrence,
              dueAt: run.dueAt.toISOString(),
              ranAt: run.ranAt.toISOString(),
              transactionId: run.transactionId,
              refusalCode: run.refusalCode,
            },
      occurredAt: updatedAt.toISOString(),
    },
    feeds: [scheduleFeed(ownerId)],
    ...(correlationId === null ? {} : { correlationId }),
  };
}

const moment = z.iso.datetime().transform((text) => new Date(text));
const scheduleUpdate = z.object({
  scheduleId: z.string(),
  change: z.enum(scheduleChanges),
  state: z.enum(scheduleStates),
  run: z
    .object({
      occurrence: z.number().int(),
      dueAt: moment,
      ranAt: moment,
      transactionId: z.string().nullable(),
      refusalCode: z.string().nullable(),
    })
    .nullable(),
  occurredAt: moment,
});
export type ScheduleUpdate = z.infer<typeof scheduleUpdate>;

/** This domain's own event, as a live feed delivers it; null for events of something else. */
export function readScheduleUpdate(event: RecordedEvent): ScheduleUpdate | null {
  return ownTypes.includes(event.type) ? parseEvent(scheduleUpdate, event) : null;
}
