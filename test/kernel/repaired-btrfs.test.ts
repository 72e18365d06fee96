import { repairedSuite } from "./repaired/suite.js";

repairedSuite("btrfs", 20);
