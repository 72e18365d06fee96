import { handlesSuite } from "./handles/suite.js";

handlesSuite("btrfs", 10);
