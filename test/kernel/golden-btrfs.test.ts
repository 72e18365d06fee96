import { goldenSuite } from "./golden/suite.js";

goldenSuite("btrfs", 8);
