/** What a process and its descendants have used, as the kernel tells it (proc(5)). */
import { readdirSync, readFileSync } from "node:fs";

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
}

/**
 * User and system time of the threads of a process tree since they were
 * started, in microseconds. From schedstat, since /proc/PID/stat counts in
 * hundredths of a second, and a tree of idle processes is wrong by several.
 */
export function treeCpuUs(root: number): number {
  return processTree(root).reduce((sum, { pid }) => sum + processCpuUs(pid), 0);
}

/**
 * Memory of a process tree in bytes. What its processes share counts once:
 * the sum of their proportional set sizes.
 */
export function treeMemoryBytes(root: number): number {
  return processTree(root).reduce((sum, { pid }) => {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/smaps_rollup`))?.[1];

    return sum + Number(kilobytes ?? 0) * 1024;
  }, 0);
}

function processCpuUs(pid: number): number {
  return readFolder(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [nanoseconds = "0"] = readText(`/proc/${pid}/task/${thread}/schedstat`).split(" ");

    return sum + Number(nanoseconds) / 1000;
  }, 0);
}

function processTree(root: number): ProcessStat[] {
  const all = readFolder("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)));
  const tree = all.filter((stat) => stat?.pid === root) as ProcessStat[];

  for (let i = 0; i < tree.length; i++) {
    tree.push(...(all.filter((stat) => stat?.parent === tree[i]?.pid) as ProcessStat[]));
  }

  return tree;
}

function readStat(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);

  if (text === "") {
    return undefined;
  }

  // The second field is a name in parentheses, which may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");

  return { pid, parent: Number(fields[1]) };
}

function readFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
