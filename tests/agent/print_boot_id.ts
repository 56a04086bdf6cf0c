/** Run by `kernel_file_test.ts` with the permissions of the binary. */
import { readKernelFile } from "../../agent/kernel_file.ts";

console.log((await readKernelFile("/proc/sys/kernel/random/boot_id")).trim(), await readKernelFile("/proc/none"));
