/** The version that is part of a run's identity; a test holds it against package.json. */
export const VERSION = "0.1.0";
