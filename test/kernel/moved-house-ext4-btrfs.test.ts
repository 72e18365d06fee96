import { movedSuite } from "./moved/suite.js";

movedSuite("ext4", "btrfs", 20);
