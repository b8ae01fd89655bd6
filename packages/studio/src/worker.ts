import { answerCalls } from "./job/answer-calls.js";
import { jobs } from "./job/jobs.js";

/** All that computes, apart from the page, which stays answerable. */
answerCalls(jobs);
