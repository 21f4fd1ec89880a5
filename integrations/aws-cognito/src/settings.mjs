/**
 * What the functions are told: environment variables of the Lambda function, and the token, which is read from the SSM
 * Parameter Store unless a variable holds it.
 */
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

/** How long a token that was read counts, in milliseconds: a rotated one is used within that time. */
const TOKEN_LIFETIME = 300_000;

/**
 * @typedef {object} Settings
 * @property {string} userPoolId
 * @property {string} baseUrl Base URL of the connection.
 * @property {boolean} pushGroups
 * @property {number} maxDeletions How many users and groups one run may delete; 0 for none ever.
 */

/** @returns {Settings} */
export function readSettings(environment = process.env) {
  return {
    userPoolId: required(environment, "USER_POOL_ID"),
    baseUrl: readBaseUrl(required(environment, "SCIM_BASE_URL")),
    pushGroups: readSwitch(environment, "PUSH_GROUPS", true),
    maxDeletions: readNumber(environment, "MAX_DELETIONS", 0),
  };
}

/** @type {{token: string, until: number} | null} */
let known = null;

/** The bearer token of the connection. */
export async function readToken(environment = process.env, clientOptions = {}) {
  if (environment.SCIM_TOKEN) return environment.SCIM_TOKEN.trim();
  if (known !== null && Date.now() < known.until) return known.token;
  const name = required(environment, "SCIM_TOKEN_PARAMETER");
  const ssm = new SSMClient(clientOptions);
  const { Parameter: parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  known = { token: parameter.Value.trim(), until: Date.now() + TOKEN_LIFETIME };
  return known.token;
}

/** Has the next call of `readToken` read the parameter again. */
export function forgetToken() {
  known = null;
}

function required(environment, key) {
  const value = environment[key]?.trim();
  if (!value) throw new Error(`the environment variable ${key} is missing`);
  return value;
}

function readBaseUrl(value) {
  const url = value.replace(/\/+$/, "");
  const isEncrypted = /^https:\/\/[^/?#]+[^?#]*$/.test(url);
  const isLoopback = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/[^?#]*)?$/.test(url);
  if (isEncrypted || isLoopback) return url;
  throw new Error("SCIM_BASE_URL must be an https URL, as `accessiq connection create` prints it");
}

function readSwitch(environment, key, otherwise) {
  const value = environment[key]?.trim().toLowerCase() ?? "";
  if (value === "") return otherwise;
  if (value !== "true" && value !== "false") throw new Error(`${key} must be true or false`);
  return value === "true";
}

function readNumber(environment, key, otherwise) {
  const value = environment[key]?.trim() ?? "";
  if (value === "") return otherwise;
  if (!/^\d{1,4}$/.test(value)) throw new Error(`${key} must be a number from 0 to 9999`);
  return Number(value);
}
