/** What a server said that did not do what it was asked for. */
export interface Refusal {
  readonly status: number;
  /** S3's own word, `SlowDown`; none of an answer without a body. */
  readonly code: string | undefined;
  readonly headers: Headers;
}

/** S3's words for what another request may not meet, of answers that HTTP counts as final. */
const passing = new Set(["RequestTimeout", "OperationAborted", "ConditionalRequestConflict"]);

/** Whether the same request may be answered otherwise in a moment. */
export function mayPass({ status, code = "" }: Refusal): boolean {
  return status >= 500 || status === 429 || status === 408 || passing.has(code);
}

/** What is to be done about S3's words; {@link anyOther} of all that are not here. */
const remedies: Readonly<Record<string, string | ((headers: Headers) => string)>> = {
  AccessDenied: "these credentials may not do that; let them list, get, put and delete objects of the bucket",
  AuthorizationHeaderMalformed: ofRegion,
  ExpiredToken: "the credentials have expired; set fresh ones, AWS_SESSION_TOKEN too, and run the same command again",
  InvalidAccessKeyId: "the server does not know this AWS_ACCESS_KEY_ID; set that of its own",
  InvalidToken: "the server does not know this AWS_SESSION_TOKEN; set fresh credentials, or unset it if they have none",
  NoSuchUpload: "something deleted what was uploaded so far; run the same command again",
  PermanentRedirect: ofRegion,
  RequestTimeTooSkewed: ofClock,
  SignatureDoesNotMatch: "AWS_SECRET_ACCESS_KEY is not that of AWS_ACCESS_KEY_ID; set both anew",
};
const anyOther = "check the bucket, its region and the credentials";

/** What is wrong and what helps, where nothing passes by itself. */
export function remedyOf({ code = "", headers }: Refusal): string {
  const remedy = remedies[code] ?? anyOther;
  return typeof remedy === "string" ? remedy : remedy(headers);
}

function ofRegion(headers: Headers): string {
  const region = headers.get("x-amz-bucket-region");
  return region === null
    ? "the bucket is in another region; set AWS_REGION to that"
    : `the bucket is in the region ${region}; set AWS_REGION=${region}`;
}

/** Requests are good for a quarter of an hour by the server's clock. */
function ofClock(headers: Headers): string {
  const minutes = Math.round((Date.now() - Date.parse(headers.get("date") ?? "")) / 60_000);
  const off =
    Number.isNaN(minutes) || minutes === 0
      ? "differs from the server's"
      : `is ${Math.abs(minutes).toLocaleString("en")} minutes ${minutes < 0 ? "behind" : "ahead of"} the server's`;
  return `this machine's clock ${off}; set it right and run the same command again`;
}
