import { describe, expect, test } from "vitest";
import { normals, random } from "../data/random.js";
import { classTargets, pickTargets, unitTargets } from "../data/targets.js";
import { classification } from "./classification.js";
import { entitiesIn, tagScheme } from "./entities.js";
import reference from "./entities.reference.json" with { type: "json" };
import { tokenClassification } from "./token-classification.js";

/** Logits whose highest are these. */
function saying(answers: readonly (readonly number[])[], k: number): Float32Array {
  return Float32Array.from(
    answers.flat().flatMap((answer) => Array.from({ length: k }, (_, c) => Number(c === answer))),
  );
}

describe.each(reference.cases)("tags $tags", ({ tags, truth, answers, f1, entities, types }) => {
  const indices = (texts: readonly (readonly string[])[]): number[][] =>
    texts.map((text) => text.map((tag) => tags.indexOf(tag)));
  const objective = tokenClassification(tags);
  const targets = unitTargets(indices(truth));
  const logits = saying(indices(answers), tags.length);

  test("name the entities that seqeval finds", () => {
    const scheme = tagScheme(tags)!;
    const found = indices(truth).map((text) => entitiesIn(scheme, text).map((e) => [e.type, e.from, e.to - 1]));
    expect(found).toEqual(entities);
  });

  test("have its F1, which the texts' shares add up to", () => {
    const { value, contributions, hits } = objective.score({ logits }, targets);
    expect(value).toBeCloseTo(f1, 12);
    expect(hits).toBeUndefined();
    expect(contributions!.reduce((sum, one) => sum + one, 0) / truth.length).toBeCloseTo(f1, 12);
    const { sum, of } = objective.tally({ logits }, targets);
    expect(sum / of).toBeCloseTo(f1, 12);
  });

  test("draw F1 as far as leaving a text out does, to first order", () => {
    // Of many copies one text more or less is little.
    const copies = 200;
    const many = (texts: readonly (readonly string[])[]): number[][] =>
      Array.from({ length: copies }, () => indices(texts)).flat();
    const all = { data: many(truth), said: many(answers) };
    const { value, contributions } = objective.score({ logits: saying(all.said, tags.length) }, unitTargets(all.data));
    for (const left of [0, 5, 11]) {
      const without = (texts: number[][]): number[][] => texts.filter((_, n) => n !== left);
      const { value: now } = objective.score(
        { logits: saying(without(all.said), tags.length) },
        unitTargets(without(all.data)),
      );
      expect(value - now).toBeCloseTo((contributions![left]! - value) / all.data.length, 5);
    }
  });

  test("have its precision, recall and support by type", () => {
    for (const { label, precision, recall, support } of objective.classes!({ logits }, targets)) {
      const [p, r, there] = (types as unknown as Record<string, number[]>)[label]!;
      expect([precision ?? 0, recall ?? 0, support]).toEqual([expect.closeTo(p!, 12), expect.closeTo(r!, 12), there]);
    }
  });
});

describe("a tag for each word", () => {
  const labels = [[0, 1, 2], [1], [2, 2, 0, 1, 1]];
  const targets = unitTargets(labels);
  const logits = normals(9 * 3, 1, random(1, "logits"));

  test("has the loss, the energy and the residuals of as many classes", () => {
    const [own, words] = [tokenClassification(["O", "B-X", "I-X"]), classification(3)];
    const flat = classTargets(labels.flat());
    const { loss, energy } = own.measure({ logits }, targets);
    expect(loss).toBe(words.measure({ logits }, flat).loss);
    expect(energy).toBe(words.measure({ logits }, flat).energy);
    expect(own.residual({ logits }, targets)).toEqual(words.residual({ logits }, flat));
    expect(own.weight(targets)).toBe(9);
  });

  test("is scored by accuracy where tags name no entities", () => {
    const objective = tokenClassification(["NOUN", "VERB", "DET"]);
    const { value, contributions } = objective.score({ logits }, targets);
    expect(objective.metric.name).toBe("word accuracy");
    expect(value).toBe(classification(3).score({ logits }, classTargets(labels.flat())).value);
    expect(contributions!.reduce((sum, one) => sum + one, 0) / 3).toBeCloseTo(value, 12);
    expect(objective.classes).toBeUndefined();
  });

  test("has no score without an entity to find, and wants tags by word", () => {
    const objective = tokenClassification(["O", "B-X", "I-X"]);
    expect(objective.score({ logits: logits.slice(0, 6) }, unitTargets([[0, 0]])).value).toBeNaN();
    expect(objective.refuses(classTargets([0, 1]))).toContain("give one for each word");
    expect(objective.refuses(unitTargets([[0, 3]]))).toContain("has class 3");
  });

  test("takes equal tags beside an O as one entity", () => {
    const scheme = tagScheme(["O", "PER", "LOC"])!;
    expect(entitiesIn(scheme, [1, 1, 0, 2, 1])).toEqual([
      { type: "PER", from: 0, to: 2 },
      { type: "LOC", from: 3, to: 4 },
      { type: "PER", from: 4, to: 5 },
    ]);
  });

  test("goes with its text", () => {
    expect(pickTargets(targets, [2, 0])).toEqual(unitTargets([labels[2]!, labels[0]!]));
  });
});
