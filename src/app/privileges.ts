/** Gives up root's rights once the sockets are bound. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Privileges {
  /** What follows is done with the rights of the user and group. */
  drop(): void;
}

/**
 * Looks user and group up, so that an unknown name fails the start early.
 *
 * @param warn told when the process is not root's and the names have no effect.
 * @throws {Error} for a name that the system does not know.
 */
export function lookUpPrivileges(
  user: string | undefined,
  group: string | undefined,
  warn: (message: string) => void,
): Privileges {
  const account = user === undefined ? undefined : findAccount(user);
  const groupId = group === undefined ? account?.groupId : findGroup(group);

  if (user === undefined && group === undefined) {
    return { drop: () => undefined };
  }

  if (process.getuid?.() !== 0) {
    warn("--user and --group have no effect: the process was not started by root");

    return { drop: () => undefined };
  }

  return {
    drop: () => {
      // SECURITY: root's supplementary groups first, the user last: afterwards none of it could be given up any more.
      if (account === undefined) {
        process.setgroups?.(groupId === undefined ? [] : [groupId]);
      } else {
        (process as ProcessWithGroups).initgroups?.(account.name, groupId ?? account.groupId);
      }

      if (groupId !== undefined) {
        process.setgid?.(groupId);
      }

      if (account !== undefined) {
        process.setuid?.(account.userId);
      }
    },
  };
}

/** Left out of the type definitions. */
type ProcessWithGroups = NodeJS.Process & { initgroups?(user: string, extraGroup: number): void };

interface Account {
  readonly name: string;
  readonly userId: number;
  readonly groupId: number;
}

function findAccount(user: string): Account {
  const [name, , userId, groupId] = findEntry("passwd", user);

  if (name === undefined || userId === undefined || groupId === undefined) {
    throw new Error(`--user: there is no user "${user}"`);
  }

  return { name, userId: Number(userId), groupId: Number(groupId) };
}

function findGroup(group: string): number {
  const groupId = findEntry("group", group)[2];

  if (groupId === undefined) {
    throw new Error(`--group: there is no group "${group}"`);
  }

  return Number(groupId);
}

/** The fields of an entry in /etc/passwd or /etc/group, or in what else the system takes its names from. */
function findEntry(database: "passwd" | "group", key: string): readonly string[] {
  const line =
    readFileSync(`/etc/${database}`, "utf8")
      .split("\n")
      .find((entry) => entry.startsWith(`${key}:`)) ??
    spawnSync("getent", [database, "--", key], { encoding: "utf8" }).stdout?.split("\n", 1)[0];

  return line === undefined || line === "" ? [] : line.split(":");
}
