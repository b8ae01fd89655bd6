import { type Evidence, guide, type Guide } from "@taskhead/core";
import {
  type Action,
  type Advice,
  type AdviceOf,
  type Behind,
  type Difference,
  isAccuracy,
  type Part,
  type ProbedAndTuned,
  type Regime,
  type RuleId,
  verdictOf,
} from "@taskhead/core/internals";
import {
  capital,
  formatAmount,
  formatInterval,
  formatScore,
  isShown,
  list,
  percent,
  plain,
  short,
  tau,
  taus,
} from "./format.js";
import { peakInWords } from "./peak.js";
import { named, scoreOn, subjectOf, type GuideSubject } from "./subject.js";

/** The guide's advice in words, for people at a command line: what to change is said as flags. */

/** What each part of the guide is called, in the order in which they come. */
const partTitles: Record<Part, string> = {
  regime: "How much the features have to adapt",
  seen: "What was seen",
  chosen: "What was chosen",
  next: "What to try next",
  caution: "What to bear in mind",
};

/** The guide's sentences under the title of their part; parts with nothing to say are left out. */
export function byPart(advice: readonly Advice[], subject: GuideSubject): { title: string; sentences: string[] }[] {
  return Object.entries(partTitles)
    .map(([part, title]) => ({
      title,
      sentences: advice.filter((one) => one.part === part).map((one) => say(one, subject)),
    }))
    .filter(({ sentences }) => sentences.length > 0);
}

/** A piece of advice in one or two sentences. */
export function say(advice: Advice, subject: GuideSubject): string {
  // A rule and its numbers belong together, which the type of the union no longer knows.
  const sentence = sentences[advice.rule] as (advice: Advice, subject: GuideSubject) => string;
  return plain(sentence(advice, subject));
}

/** With its words, for programs that show them. */
export function inWords(advice: readonly Advice[], subject: GuideSubject): (Advice & { text: string })[] {
  return advice.map((one) => ({ ...one, text: say(one, subject) }));
}

/** The guide as `--json` has it. @param tunings as `guide` takes them */
export function guideObject(tunings: readonly Evidence[]): Guide & { advice: (Advice & { text: string })[] } {
  const found = guide(tunings);
  return { ...found, advice: inWords(found.advice, subjectOf(tunings)) };
}

type Sentences = { [Id in RuleId]: (advice: AdviceOf<Id>, subject: GuideSubject) => string };

const sentences: Sentences = {
  tiny: ({ numbers }, s) =>
    `Tiny adaptation: the pretrained features suit this task. ${scores(numbers, s)}: ${numbers.tuned > numbers.probed.score ? `fine-tuning ${removes("less than a tenth", s)}` : "fine-tuning gets no further"}.`,
  mild: ({ numbers }, s) =>
    `Mild adaptation: the pretrained features half suit this task. ${scores(numbers, s)}: most of what can be learned was in the features, and fine-tuning ${removes(percent(numbers.removed), s)}.`,
  strong: ({ numbers }, s) =>
    `Strong adaptation: the pretrained features do not suit this task. ${scores(numbers, s)}: beyond guessing (${formatScore(numbers.chance, s.metric)}), probing gets less than half as far.`,
  "nothing-learned": ({ numbers: { tuned, chance } }, s) =>
    `No regime can be named: fine-tuning gets ${named(tuned, s)}, no better than guessing (${formatScore(chance, s.metric)}). Look at ${s.objective === "regression" ? "targets" : "labels"}, rate and epochs first.`,

  "regime-open": ({ numbers }, s) => {
    const { gain, regimes, nothing } = numbers;
    const open = nothing || regimes.length > 2;
    const what = open
      ? `How much the features have to adapt is open: ${list([...regimes, ...(nothing ? ["nothing learned at all"] : [])], "or")}.`
      : `${capital(list(regimes, "or"))} adaptation.`;
    return `${what} ${scores(numbers, s)}: ${gained(gain, s)} on ${s.validationSamples} validation ${s.sample}s, which does not settle it; more of them would.`;
  },

  suggested: ({ numbers }, s) => {
    const { probed, share, chance, regimes, strongExcluded } = numbers;
    const { tau: at, score, interval } = probed;
    const sure = interval
      ? ` (95 %: ${formatScore(interval.low, s.metric)} to ${formatScore(interval.high, s.metric)})`
      : ", how sure is not known,";
    const way =
      share > 0
        ? `${percent(share)} of the way from guessing (${formatScore(chance, s.metric)}) to ${isAccuracy(s.metric) ? "all right" : "1, which is perfect"}`
        : `no better than guessing (${formatScore(chance, s.metric)})`;
    const excluded = strongExcluded
      ? " Strong adaptation is excluded: even perfect fine-tuning would not get twice as far."
      : "";
    const means = s.seeds > 1 ? `, means over ${s.seeds} seeds` : "";
    return `Nothing is fine-tuned yet; ${list(regimes, "or")} adaptation is likely. Probing alone gets ${named(score, s)}${sure} on ${s.validationSamples} validation ${s.sample}s at its best (tau ${tau(at)})${means}, ${way}.${excluded} Only fine-tuning tells how much more there is to gain.`;
  },

  "regime-revised": ({ numbers: { suggested, found } }) => {
    const before = `Probing alone suggested ${list(suggested, "or")} adaptation`;
    const [now] = found;
    if (found.length > 1) return `${before}; fine-tuning leaves open whether it is ${list(found, "or")}.`;
    if (suggested.length === 1 && suggested[0] === now) return `${before}, and fine-tuning confirms it.`;
    return `${before}; fine-tuning says ${now}.`;
  },
  "generalisation-gap": ({ numbers: { tau: at, train, validation } }, s) =>
    `The head of tau ${tau(at)} gets ${named(train, s)} on its training ${s.sample}s and ${formatScore(validation, s.metric)} on the validation ${s.sample}s: energy, which is of training ${s.sample}s, understates what is left to learn, and more ${s.sample}s would help.`,
  pull: ({ numbers: { tau: at, pull } }) =>
    Math.abs(pull) < 1e-3
      ? `Pull is ${short(pull, 2)} at tau ${tau(at)}: what energy is left there does not draw the features out along themselves.`
      : `Pull is ${short(pull, 2)} at tau ${tau(at)}, in units of the loss: the first steps ${pull > 0 ? "lengthen the features along themselves" : "shorten the features"}.`,
  "energy-flat": ({ numbers: { highest, lowest } }) =>
    `Energy is nearly flat, from ${short(highest.energy)} (tau ${tau(highest.tau)}) to ${short(lowest.energy)} (tau ${tau(lowest.tau)}): which of these taus fine-tuning starts from changes its first push little.`,
  "energy-does-not-tell": ({ numbers: { from, to, energies, growth, scores } }, s) =>
    `Energy does not tell probed heads apart here: from tau ${tau(from)} to tau ${tau(to)} it stays between ${short(energies[0])} and ${short(energies[1])}, while the head grows ${short(growth)}-fold in size (‖W‖) and probing goes from ${formatScore(scores[0], s.metric)} to ${formatScore(scores[1], s.metric)}. A step moves features by energy times ‖W‖, so go by the validation score.`,
  "taus-by-size": ({ numbers: { from, to }, action }) =>
    `Compare heads of different size (${typed(action)}, evenly in ‖W‖${leftOut(action)}): taus that lie evenly in energy are few between ${tau(from)} and ${tau(to)}.`,
  candidates: ({ numbers: { heads }, action }) =>
    `Fine-tune from a few taus that lie evenly in energy (${flag(action)}): here ${list(heads.map(({ tau: t, energy }) => `${tau(t)} (energy ${short(energy)})`))}.`,
  "fine-tune": () =>
    "To know more, give the same options to taskhead tune with the same --out (without --method lp): it goes on from these heads, and the guide then says whether fine-tuning bears this out.",

  "regime-uncertain": ({ numbers: { gain } }, s) =>
    `How sure the regime is, runs of several seeds would tell: on ${s.validationSamples} validation ${s.sample}s, ${gained(gain, s)}.`,
  "probing-unfinished": ({ numbers, action }) =>
    `Probing was still gaining when it ended at ${taus([numbers.tau])}, so the features may suit the task better than it seems: probe longer, or to the optimum (${action ? flag(action) : "converged among --taus"}).`,
  "neither-good": ({ numbers: { tuned, diverged } }, s) =>
    `But ${named(tuned, s)} is far from ${isAccuracy(s.metric) ? "right" : "1, which is perfect"}: before concluding that the features have all that the task needs, give fine-tuning more epochs or ${s.sample}s${diverged ? "" : ", or a higher rate"}.`,
  "energy-high": ({ numbers: { shortest, lowest } }, { objective }) =>
    `Energy, what pushes the features when fine-tuning starts, stays high: ${short(lowest.energy)} at its lowest (${taus([lowest.tau])}), against ${short(shortest.energy)} at ${taus([shortest.tau])}; 0 is a head that is ${objective === "regression" ? "right" : "sure and right"} everywhere.`,
  "energy-low": ({ numbers: { shortest, lowest } }) =>
    `Probing can take most of the energy, what pushes the features when fine-tuning starts: from ${short(shortest.energy)} at ${taus([shortest.tau])} to ${short(lowest.energy)} at ${taus([lowest.tau])}.`,
  "smoothing-above-floor": ({ numbers: { energy, floor, smoothing } }) =>
    `The head does not fit its smoothed targets: its energy is ${short(energy)} at the least, above the ${short(floor)} that smoothing ${short(smoothing)} leaves a head that does, so that smoothing acts by keeping the head small as much as by energy.`,
  "squared-error-floor": ({ numbers: { lowest, floor }, action }) =>
    `Probing minimised squared error, fine-tuning minimises cross-entropy: a head that fits its targets exactly still has energy ${short(floor)}, as logits between 0 and 1 say it unsurely (here ${short(lowest.energy)} at the least, ${taus([lowest.tau])}). So energy does not tell how well these heads fit; ${flag(action)} probes what is fine-tuned.`,
  moved: ({ numbers: { distance, cosine, howFar, regime } }, { starts }) =>
    `The best run moved the features ${howFar}: by ${short(distance)} times their length, to a cosine of ${short(cosine)} with where they were${asideOf(howFar, regime, starts)}.`,
  "energy-moves-features": ({ numbers: { rankCorrelation, runs } }) =>
    `${rankCorrelation === 1 ? "The" : "By and large, the"} more energy a head left, the further the features moved in these ${runs} runs (rank correlation ${short(rankCorrelation)}), as expected.`,
  "energy-does-not-rank": ({ numbers: { rankCorrelation, runs } }) =>
    `Energy does not rank how far the features moved in these ${runs} runs (rank correlation ${short(rankCorrelation)}): it is a bound, and the head's size and the rate count too.`,
  "rise-and-fall": ({ numbers: { dot, norm } }) =>
    `As energy grows, the dot product of features before and after ${peakInWords(dot)}; their length after ${peakInWords(norm)}. Runs that failed, and those whose features hardly moved, are left out.`,
  "random-head-throttled": ({ numbers: { distance, next } }) =>
    `From the random head the features moved less (${short(distance)}) than from ${taus([next.tau])} (${short(next.distance)}): its small weights slow the first steps down.`,

  chosen: ({ numbers }, s) => {
    const rate = numbers.learningRate === null ? "" : `, rate ${short(numbers.learningRate)}`;
    const score = scoreOn(numbers.score, `${s.validationSamples} validation ${s.sample}s`, s);
    const means = s.seeds > 1 ? `, means over ${s.seeds} seeds` : "";
    const { exported } = numbers;
    const instead = exported
      ? ` The exported model is no single run but ${exportNames[exported.blend]}, with ${named(exported.score, s)}.`
      : "";
    return `Chosen: ${taus([numbers.tau])}, epoch ${short(numbers.epoch)}${rate}, with ${score}${means}.${instead}`;
  },
  "no-difference": ({ numbers }, s) => {
    const rivals = numbers.rivals.map(({ tau: t, behind }) => `${taus([t])}, ${ahead(behind, s)}`);
    const what = numbers.close ? "It makes little difference here" : `The ${plural(s)} cannot be told apart here`;
    return `${what}: ${taus([numbers.tau])} is not measurably better than ${rivals.join("; ")}. ${basisSentence(numbers.rivals[0]!.behind, s)}`;
  },
  "some-level": ({ numbers }, s) =>
    `Not measurably worse: ${behind(numbers.rivals, s)}. Another seed may well choose otherwise.`,
  "some-worse": ({ numbers }, s) =>
    `Measurably worse: ${behind(numbers.rivals, s)}. ${basisSentence(numbers.rivals[0]!.behind, s)}`,
  "difference-unknown": ({ numbers }, s) =>
    `Whether this is chance is not known: ${behind(numbers.rivals, s)}. ${basisSentence(numbers.rivals[0]!.behind, s)}`,
  "lower-rate": ({ numbers, action }, s) => {
    const { collapsed } = numbers;
    const grown = numbers.grows && [...numbers.taus, ...collapsed].some((one) => one !== 0);
    const failed = [
      ...(numbers.taus.length > 0 ? [`${taus(numbers.taus)}, which diverged`] : []),
      ...(collapsed.length > 0
        ? [`${taus(collapsed)}, which collapsed (worse than probing alone on its own training samples)`]
        : []),
    ].join(", and ");
    const found = action?.option === "lr" && action.value === "auto";
    return `Use a lower rate for ${failed}${grown ? `: ${s.starts === "tau" ? "longer probing grows the head, and a larger head" : "a lower energy takes a larger head, which"} bears lower rates only` : ""} (${flag(action)}${found ? " finds one" : ", a third of what it was"}).`;
  },
  "least-moved": ({ numbers }, { sample, ...s }) =>
    `As the ${plural(s)} cannot be told apart on ${sample}s like these, prefer the run that moved the features least, ${taus([numbers.tau])}: what fine-tuning moves is fitted to the training ${sample}s, and ${sample}s unlike them may suffer.`,
  "probing-alone": ({ numbers: { gain }, action }, s) =>
    verdictOf(gain) === "below"
      ? `Take the probed head alone (${flag(action)}): ${gained(gain, s)}.`
      : `Consider the probed head alone (${flag(action)}): ${gained(gain, s)}, which may be chance.`,
  "probe-long": ({ action }) =>
    `Probe to converged as well (${action ? flag(action) : "add it to --taus"}): the optimum with the penalty that validation likes best, which LP-FT starts from.`,
  "larger-head": ({ action }) =>
    `Try a larger head (${flag(action)}): the features suit the task, but a linear head leaves much energy that moves them all the same.`,
  "around-the-middle": ({ numbers }, s) =>
    `The best head leaves an energy between the ends, as is common: to look closer, take ${s.starts === "tau" ? "taus with energies between those of" : "energies between"} ${list(numbers.between.map(tau))}.`,
  "less-energy": ({ numbers, action }) =>
    `The head that left the least energy did best (${taus([numbers.tau])}): also try longer probing and the optimum (${flag(action)}).`,
  "stop-early": ({ numbers, action }) =>
    `The head that left the most energy did best (tau ${tau(numbers.tau)}): ${numbers.tau === 0 ? "try fractions of an epoch" : "stop earlier still"} (such as ${flag(action)}), as the first epoch takes much of the energy.`,
  "probe-little": ({ action }) =>
    `Probe little or not at all: compare fractions of an epoch (${flag(action)}), which leave the features much energy to change.`,
  "partial-backbone": ({ action }) =>
    `Consider a partial backbone (${typed(action)}, then 2${leftOut(action)}): the last layers may be too specific to what they were pretrained on.`,
  "more-taus": ({ action }) =>
    `Only one tau was fine-tuned, so nothing here says whether another does better: train from several, evenly in energy (${flag(action)}).`,
  "other-energies": ({ numbers: { energy, place } }) =>
    ({
      alone:
        "Only one energy was fine-tuned, so nothing here says whether another does better: give several, such as --energy 0.8,0.5,0.3.",
      highest: `The highest energy did best (${short(energy)}): try higher ones too.`,
      lowest: `The lowest energy did best (${short(energy)}): try lower ones too.`,
      middle: `The best energy was ${short(energy)}.`,
    })[place],
  "more-epochs": ({ numbers }) =>
    `The best epoch was the last, so more may do better: give more than --epochs ${numbers.epochs}. Short runs favour probed heads.`,
  "more-seeds": (_, s) =>
    `To tell the ${plural(s)} apart, run the same command with other seeds (--seed 1 --out …, --seed 2 --out …) and give all run folders to taskhead guide.`,
  "test-set": ({ action }, { sample, starts }) =>
    `Score the choice once on ${sample}s that had no part in it (${flag(action)}): ${starts} and epoch were chosen on the validation ${sample}s, which flatters them.`,
  "test-seen": ({ numbers: { seen, samples }, action }, { sample }) =>
    `${seen === samples ? "All" : seen} of the ${samples} test ${sample}s ${seen === 1 ? "is" : "are"} in the training or validation set too, so that the test score flatters: remove them, or test on others (${flag(action)}).`,
  calibrate: ({ numbers: { value, low, high, before, after } }, { sample, seeds }) => {
    const off = `probabilities are off by ${percent(before)} on average, and by ${percent(after)} at a temperature fitted to other ${sample}s`;
    return seeds > 1
      ? `The ${off}, over all seeds: divide each run's logits by the temperature in its report before using them as probabilities.`
      : `Its ${off}: divide its logits by ${short(value)} (95 %: ${short(low)} to ${short(high)}) before using them as probabilities.`;
  },
  "nothing-finished": () =>
    "No tau was fine-tuned to the end, or none in every run, so there is nothing to compare probing with. Where runs diverged or collapsed, use a lower rate (--lr auto finds one); where only the head was trained (--method lp), fine-tune as well; where runs of several seeds have no tau in common, give them the same --taus.",

  "one-rate": ({ numbers, action }, s) =>
    `All ${plural(s)} were compared at one rate, though the ${s.starts === "tau" ? "probed " : ""}heads differ ${short(numbers.growth)}-fold in size: a rate that suits one need not suit another (${flag(action)} lowers it for larger heads).`,
  "batchnorm-shift": ({ numbers, action }) =>
    `BatchNorm's batch statistics alone, at rate 0, move the features by ${short(numbers.distance)} times their length: that part of the adaptation has nothing to do with energy (${flag(action)} avoids it).`,
};

const exportNames = {
  soup: "the average of its weights with other runs' (greedy soup)",
  "wise-ft": "an average of its weights with those that it started from (WiSE-FT)",
} as const;

/** Several of what the starts differ in. */
function plural({ starts }: Pick<GuideSubject, "starts">): string {
  return starts === "tau" ? "taus" : "energies";
}

/** An action as it is typed, and what has to be left out: `--starts 3, without --taus`. */
function flag(action: Action | undefined): string {
  return typed(action) + leftOut(action);
}

/** `--taus 0,0.125,0.5,1` */
function typed(action: Action | undefined): string {
  if (!action) return "";
  return "value" in action ? `${flagNamed(action.option)} ${String(action.value)}` : flagNamed(action.option);
}

/** Options of the run itself that would be refused beside it. */
function leftOut(action: Action | undefined): string {
  const without = action?.without ?? [];
  return without.length > 0 ? `, without ${list(without.map(flagNamed))}` : "";
}

function flagNamed(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function scores({ probed, tuned }: ProbedAndTuned, subject: GuideSubject): string {
  return `Probing alone gets ${named(probed.score, subject)} (${taus([probed.tau])}), fine-tuning ${formatScore(tuned, subject.metric)}`;
}

/** What it is to gain a share of what probing leaves to be gained, by what the score measures. */
function removes(share: string, { metric }: GuideSubject): string {
  if (metric.name === "R²") return `explains ${share} of the variance that probing leaves unexplained`;
  if (metric.name.endsWith("ROC-AUC")) return `puts right ${share} of the pairs that probing leaves in the wrong order`;
  return isAccuracy(metric)
    ? `removes ${share} of the errors that probing leaves`
    : `gains ${share} of what probing leaves to be gained`;
}

function behind(rivals: readonly Behind[], { metric }: GuideSubject): string {
  return rivals
    .map(({ tau: t, behind: { difference }, behind }) => {
      const how = difference < 0 ? "ahead by" : "behind by";
      return `${taus([t])}, ${isShown(behind, metric) ? `${how} ${formatAmount(behind, metric)}` : `level (${formatInterval(behind, metric)})`}`;
    })
    .join("; ");
}

/** How far the chosen run is above another. */
function ahead(difference: Difference, { metric }: GuideSubject): string {
  if (!isShown(difference, metric)) return `level (${formatInterval(difference, metric)})`;
  return `${difference.difference < 0 ? "behind" : "ahead"} by ${formatAmount(difference, metric)}`;
}

/** "fine-tuning gains 1.4 points (95 %: −0.2 to 3.0) over probing alone" */
function gained(gain: Difference, { metric }: GuideSubject): string {
  if (!isShown(gain, metric)) return `fine-tuning and probing alone are level (${formatInterval(gain, metric)})`;
  const [verb, over] = gain.difference < 0 ? ["loses", "against"] : ["gains", "over"];
  return `fine-tuning ${verb} ${formatAmount(gain, metric)} ${over} probing alone`;
}

/** What the features did, beside what the scores say that they had to do. */
function asideOf(howFar: "little" | "some way" | "far", regime: Regime | null, starts: GuideSubject["starts"]): string {
  if (howFar === "far" && regime === "tiny") return ", though the score gained little by it";
  if (howFar === "far" && regime === "mild")
    return `, though most of what can be learned was in them before: a lower rate or ${starts === "tau" ? "longer probing" : "less energy"} moves them less`;
  if (howFar === "little" && regime === "strong") return ", though the score gained much by it";
  return "";
}

/** A sentence: where the intervals come from. */
function basisSentence({ basis }: Difference, { seeds, validationSamples, sample }: GuideSubject): string {
  const samples = `${validationSamples} validation ${sample}s`;
  switch (basis) {
    case "seeds":
      return `The intervals are Student's, of the differences over ${seeds} seeds, paired seed by seed, and no narrower than the ${samples} allow.`;
    case "paired hits":
      return `The intervals compare the runs ${sample} by ${sample} on the ${samples} (McNemar).`;
    case "paired contributions":
      return `The intervals compare what each of the ${samples} adds to the score, ${sample} by ${sample}.`;
    case "independent samples":
      return `The intervals come from the standard error of the difference on ${samples}, as it was not kept which ${sample}s each run got right.`;
    case "nothing":
      return `It was not kept what each of the ${samples} adds to the score; runs of several seeds would tell.`;
  }
}
