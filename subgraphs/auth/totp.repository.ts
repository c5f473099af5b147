// Every query on authenticators and recovery codes. What may happen once is one conditional update.
import type { AuthClient } from './auth.deps.ts';

export interface TotpRecord {
  readonly userId: string;
  readonly sealedSecret: string;
  readonly createdAt: Date;
  readonly confirmedAt: Date | null;
}

export async function findTotp(client: AuthClient, userId: string): Promise<TotpRecord | null> {
  return client.totpCredential.findUnique({
    where: { userId },
    select: { userId: true, sealedSecret: true, createdAt: true, confirmedAt: true },
  });
}

/** Starts an enrolment, in place of an earlier one that was not confirmed. */
export async function replacePendingTotp(client: AuthClient, userId: string, sealedSecret: string, now: Date): Promise<void> {
  await client.totpCredential.deleteMany({ where: { userId, confirmedAt: null } });
  await client.totpCredential.create({ data: { userId, sealedSecret, createdAt: now } });
}

export async function confirmTotp(client: AuthClient, userId: string, step: number, now: Date): Promise<void> {
  await client.totpCredential.update({ where: { userId }, data: { confirmedAt: now, lastUsedStep: step } });
}

/** Takes the step, so that its code works once; false when it, or a later one, was taken before. */
export async function takeTotpStep(client: AuthClient, userId: string, step: number): Promise<boolean> {
  const { count } = await client.totpCredential.updateMany({
    where: { userId, OR: [{ lastUsedStep: null }, { lastUsedStep: { lt: step } }] },
    data: { lastUsedStep: step },
  });
  return count > 0;
}

export async function deleteTotp(client: AuthClient, userId: string): Promise<void> {
  await client.totpCredential.deleteMany({ where: { userId } });
  await client.recoveryCode.deleteMany({ where: { userId } });
}

export async function replaceRecoveryCodes(
  client: AuthClient,
  userId: string,
  codes: readonly { id: string; codeHash: string }[],
): Promise<void> {
  await client.recoveryCode.deleteMany({ where: { userId } });
  await client.recoveryCode.createMany({ data: codes.map((code) => ({ ...code, userId })) });
}

/** Uses the code up; false when it is none of the user's, or was used before. */
export async function takeRecoveryCode(client: AuthClient, userId: string, codeHash: string, now: Date): Promise<boolean> {
  const { count } = await client.recoveryCode.updateMany({ where: { userId, codeHash, usedAt: null }, data: { usedAt: now } });
  return count > 0;
}

export async function countRecoveryCodes(client: AuthClient, userId: string): Promise<number> {
  return client.recoveryCode.count({ where: { userId, usedAt: null } });
}
