// Why a service could not start or listen, with what to do about it.
import { defineErrors } from '../errors.ts';

export const serverErrors = defineErrors({
  PORT_IN_USE: {
    message: (d: { host: string; port: number }) =>
      `Port ${d.port} on ${d.host} is in use by another program. Stop that one, or choose another port: PORT=${d.port + 1}.`,
  },
  PORT_FORBIDDEN: {
    message: (d: { host: string; port: number }) =>
      `This user may not listen on port ${d.port}. Choose one above 1023: PORT=4000.`,
  },
  HOST_UNAVAILABLE: { message: (d: { host: string }) => `This machine has no address ${d.host}. Correct HOST, or leave it out.` },
  START_FAILED: {
    message: (d: { service: string; step: string; problem: string }) =>
      `${d.service} could not start: ${d.step} failed. ${d.problem}`,
  },
});
