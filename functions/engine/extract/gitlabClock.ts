/** Knows GitLab's clock, to which its windows are aligned, from the dates of its answers. */
export interface GitlabClock {
  /** GitLab's time in milliseconds when this machine's clock says `now`. */
  at(now: number): number;
  /** Learns from an answer that came between two instants of this machine. */
  learn(date: Date | undefined, sentAt: number, receivedAt: number): void;
}

/** A `Date` header has whole seconds. */
const RESOLUTION = 1_000;

/** Begins with this machine's clock; every answer narrows down how far GitLab's is from it. */
export function openGitlabClock(): GitlabClock {
  let least = -Infinity;
  let most = Infinity;
  let offset = 0;

  return {
    at: (now) => now + offset,
    learn(date, sentAt, receivedAt) {
      if (date === undefined) return;
      const low = date.getTime() - receivedAt;
      const high = date.getTime() + RESOLUTION - sentAt;
      least = Math.max(least, low);
      most = Math.min(most, high);
      // One of the clocks was set: what was known before is worth nothing.
      if (least > most) {
        least = low;
        most = high;
      }
      offset = (least + most) / 2;
    },
  };
}
