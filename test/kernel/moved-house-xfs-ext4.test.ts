import { movedSuite } from "./moved/suite.js";

movedSuite("xfs", "ext4", 20);
