import { expect, it } from "vitest";
import { withoutCredentials } from "./credentials.js";

it.each([
  ["redis://host:6379/1", "redis://host:6379/1"],
  ["redis://:s3cret@host:6379", "redis://***@host:6379"],
  ["--queue=rediss://me:s3cret@host", "--queue=rediss://***@host"],
  ["s3://key:s3cret@bucket/a?endpoint=http://x&token=s3cret", "s3://***@bucket/a?***"],
  ["redis://me:s3?c@r/et@host and redis://:s3cret@other", "redis://***@host and redis://***@other"],
  ["photos/train", "photos/train"],
])("hides what is secret in %s", (text, shown) => expect(withoutCredentials(text)).toBe(shown));
