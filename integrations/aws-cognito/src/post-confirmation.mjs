/**
 * The PostConfirmation trigger: pushes a user as soon as a sign-up is confirmed.
 *
 * Cognito waits for this function, at most five seconds, and refuses the sign-up if it fails. So it never fails: it gives
 * the push some time, and hands what did not succeed to the nudge queue. Should that fail as well, it is logged, and the
 * next reconciliation finds the user.
 */
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { log } from "./log.mjs";
import { isSub } from "./mapping.mjs";
import { Pool } from "./pool.mjs";
import { pushUser } from "./push.mjs";
import { Scim } from "./scim.mjs";
import { readSettings, readToken } from "./settings.mjs";

/** How long the push may take, in milliseconds. */
const PUSH_TIME = 2500;
/** How long the hand-over to the queue may take, in milliseconds. */
const HAND_OVER_TIME = 1000;
/** The AWS SDK would wait and try again for longer than there is time. */
const IN_HASTE = {
  maxAttempts: 2,
  retryMode: "standard",
  requestHandler: { connectionTimeout: 500, requestTimeout: 1000, throwOnRequestTimeout: true },
};

export async function handler(event) {
  const sub = event.request?.userAttributes?.sub;
  try {
    await within(PUSH_TIME, push(event, sub));
  } catch (error) {
    log("error", "post-confirmation", sub, `not pushed: ${error.message}`);
    await handOver(sub);
  }
  return event;
}

async function push(event, sub) {
  const settings = readSettings();
  if (event.userPoolId !== settings.userPoolId) throw new Error(`the trigger belongs to the pool ${event.userPoolId}`);
  if (!isSub(sub)) throw new Error("the trigger does not tell the user's sub");
  const token = await readToken(process.env, IN_HASTE);
  const deadline = Date.now() + PUSH_TIME;
  const scim = new Scim({ baseUrl: settings.baseUrl, token, deadline, timeout: 1000, attempts: 2 });
  const held = await scim.find("Users", sub);
  // The event does not tell whether the user is enabled.
  const user = await new Pool(settings.userPoolId, IN_HASTE).user(event.userName);
  if (user === null) throw new Error("the pool does not have this user");
  const { outcome } = await pushUser(scim, user, held);
  log("info", "post-confirmation", sub, outcome);
}

async function handOver(sub) {
  try {
    const sqs = new SQSClient(IN_HASTE);
    const message = { QueueUrl: process.env.NUDGE_QUEUE_URL, MessageBody: JSON.stringify({ sub }) };
    // Ended, not left behind: what goes on after the answer would be sent by whichever sign-up thaws this function.
    await sqs.send(new SendMessageCommand(message), { abortSignal: AbortSignal.timeout(HAND_OVER_TIME) });
    log("info", "post-confirmation", sub, "handed over to the nudge queue");
  } catch (error) {
    log("error", "post-confirmation", sub, `left to the next reconciliation: ${error.message}`);
  }
}

async function within(milliseconds, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
