/**
 * npm run bench -- --peers       or      node bench/peers/run.mjs
 * node bench/peers/run.mjs --hidden 128,512 --engine strict --threads 1 --dropout none --dropout gal:0.25 --log
 *
 * The same training step in ours and in every peer that is installed (bench/peers/install.mjs). Each is a process; they take
 * turns, so that a slow minute falls on all of them. A ratio is the median over rounds of ours divided by theirs in that round.
 */
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { appendToLog, today } from "../log.mjs";
import { machine } from "../machine.mjs";
import { median, medianRatio } from "../rounds.mjs";
import { count } from "../table.mjs";
import { Participant } from "./participant.mjs";
import { defaultFolder, ours, peers } from "./programs.mjs";

/** What `benchPeers` can be told, as `parseArgs` wants it. */
export const peerOptions = {
  engine: { type: "string", default: "auto" },
  hidden: { type: "string", default: "128,512" },
  threads: { type: "string", default: "1" },
  dropout: { type: "string", multiple: true, default: ["none", "gal:0.25"] },
  node: { type: "string", default: process.execPath },
  peer: { type: "string" },
  folder: { type: "string", default: defaultFolder },
  rounds: { type: "string", default: "5" },
  turn: { type: "string", default: "2" },
  log: { type: "boolean", default: false },
};

/**
 * Runs the comparison, prints its tables and returns their lines.
 *
 * @param options.engine, options.hidden, options.threads - lists with commas
 * @param options.dropout - an array: presets or JSON. The rate of the masked peer is 0.25, which its speed does not depend on
 * @param options.node - the Node that ours and the JavaScript peers run on
 * @param options.peer - labels with commas; default all that are installed
 * @param options.turn - seconds of one turn; a step that takes longer is one turn
 * @param options.log - append to bench/LOG.md
 */
export async function benchPeers(options) {
  const lines = [];
  const print = (line) => {
    console.log(line);
    lines.push(line);
  };
  const rounds = Number(options.rounds);
  print(
    `${machine().replace(/, Node .*/, "")}; ${today()}; ${rounds} rounds, turns of ${options.turn} s; LSTM of 1 layer, vocabulary 65, embedding 64, B 32, T 64, Adam; one thread unless said`,
  );
  for (const hidden of options.hidden.split(",")) {
    const running = await start(options, hidden, print);
    try {
      for (let k = 0; k <= rounds; k++) await takeTurns(running, k, Number(options.turn), print);
      table(running, hidden, print);
    } finally {
      for (const { participant } of running) participant.end();
    }
  }
  if (options.log) appendToLog("beside peers", lines);
  return lines;
}

/** Starts ours and the peers one after the other, so that none warms up beside another. */
async function start(options, hidden, print) {
  const { node, folder, peer: wanted } = options;
  const [engines, threads] = [options.engine.split(","), options.threads.split(",")];
  const mine = ours({ node, hidden, engines, threads, dropouts: options.dropout });
  const known = peers({ folder, node, hidden });
  const chosen = wanted ? wanted.split(",") : known.map(({ label }) => label);
  const unknown = chosen.filter((name) => !known.some(({ label }) => label === name));
  if (unknown.length > 0)
    throw new Error(`no peer ${unknown.join(", ")}; there are ${known.map(({ label }) => label).join(", ")}`);
  const theirs = known.filter(({ label }) => chosen.includes(label));
  print("");
  for (const { label, isInstalled } of theirs)
    if (!isInstalled) print(`(${label} is not installed: node bench/peers/install.mjs)`);
  const running = [];
  const programs = [
    ...mine.map((program) => ({ program, isOurs: true })),
    ...theirs.filter(({ isInstalled }) => isInstalled).map((program) => ({ program, isOurs: false })),
  ];
  for (const { program, isOurs } of programs) {
    const participant = new Participant(program);
    try {
      await participant.ready();
      running.push({ participant, isOurs });
    } catch (error) {
      participant.end();
      print(`(${program.label}, H ${hidden}: ${error.message})`);
    }
  }
  return running;
}

/** Round 0 is not timed. One that fails leaves the race and its rates are dropped. */
async function takeTurns(running, k, seconds, print) {
  for (const entry of [...running]) {
    try {
      await entry.participant.turn(k === 0 ? 0 : seconds, k > 0);
    } catch (error) {
      print(`(${entry.participant.label}: ${error.message})`);
      entry.participant.end();
      running.splice(running.indexOf(entry), 1);
    }
  }
}

function table(running, hidden, print) {
  const mine = running.filter(({ isOurs }) => isOurs).map(({ participant }) => participant);
  print(
    `| H | program | version | chars/s, median | best | cores |${mine.map(({ label }) => ` ${label} / it |`).join("")}`,
  );
  print(`|---|---|---|---|---|---|${"---|".repeat(mine.length)}`);
  for (const { participant } of running) {
    const { name, version, rates, cores } = participant;
    const ratios = mine.map((own) => medianRatio(own.rates, rates).toFixed(2));
    print(
      `| ${hidden} | ${name} | ${version} | ${count(median(rates))} | ${count(Math.max(...rates))} | ${median(cores).toFixed(2)} | ${ratios.join(" | ")} |`,
    );
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await benchPeers(parseArgs({ options: peerOptions }).values);
