import { answerCalls } from "./job/answer-calls.js";
import { chemistryJobs } from "./job/chemistry-jobs.js";

/**
 * RDKit, apart from all else: it makes its calls by `new Function`, which the page's Content-Security-Policy forbids, and
 * this file's own allows. `taskhead studio` knows it by its name.
 */
answerCalls(chemistryJobs);
