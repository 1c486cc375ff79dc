// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IJobBoard, IJobConsumer} from "../interfaces/IJobBoard.sol";

/// @title The digest that a provider commits to, made again from the parts of a run. See docs/jobs.md.
/// @dev dag-cbor of {stdout, outputs, exitCode}, or of {outcome} where the program did not end by itself: what two honest runs of one job
/// share. Written out here, so that nothing that a provider wrote has to be parsed.
library RunDigest {
    uint8 internal constant RAW = 0x55;
    uint8 internal constant DAG_PB = 0x70;
    /// @dev CIDv1, sha2-256, 32 bytes; between them the codec.
    bytes1 private constant VERSION = 0x01;
    bytes2 private constant SHA2_256 = 0x1220;
    bytes2 private constant DAG_CBOR_CID = 0x0171;
    /// @dev A CID in dag-cbor: tag 42 and 37 bytes, of which the first is 0.
    bytes5 private constant LINK = 0xd82a582500;

    function digestOf(IJobBoard.Run calldata run) internal pure returns (bytes32) {
        if (run.outcome != 0) return sha256(abi.encodePacked(hex"a1676f7574636f6d65", _outcome(run.outcome)));
        if (run.stdoutCodec != RAW && run.stdoutCodec != DAG_PB) {
            revert IJobBoard.OutOfRange(run.stdoutCodec, RAW, DAG_PB);
        }
        return sha256(
            abi.encodePacked(
                hex"a3667374646f7574", // map of 3, "stdout"
                LINK,
                cid(run.stdoutCodec, run.stdout),
                hex"676f757470757473", // "outputs"
                LINK,
                cid(DAG_PB, run.outputs),
                hex"6865786974436f6465", // "exitCode"
                // numbers up to 23 are one byte
                run.exitCode < 24 ? abi.encodePacked(run.exitCode) : abi.encodePacked(hex"18", run.exitCode)
            )
        );
    }

    /// @notice What the callback is told of a run. Who brought it, and at what price, is the board's to say.
    function told(IJobBoard.Run calldata run, bytes32 digest, bytes32 manifest)
        internal
        pure
        returns (IJobConsumer.JobResult memory result)
    {
        (result.outcome, result.digest) = (run.outcome, digest);
        result.manifest = abi.encodePacked(DAG_CBOR_CID, SHA2_256, manifest);
        if (run.outcome != 0) return result;
        result.exitCode = run.exitCode;
        result.stdout = cid(run.stdoutCodec, run.stdout);
        result.outputs = cid(DAG_PB, run.outputs);
    }

    function cid(uint8 codec, bytes32 digest) internal pure returns (bytes memory) {
        return abi.encodePacked(VERSION, codec, SHA2_256, digest);
    }

    /// @dev As dag-cbor text.
    function _outcome(uint8 outcome) private pure returns (bytes memory) {
        if (outcome == 1) return hex"6774696d656f7574"; // timeout
        if (outcome == 2) return hex"6d6f75742d6f662d6d656d6f7279"; // out-of-memory
        if (outcome == 3) return hex"696469736b2d66756c6c"; // disk-full
        revert IJobBoard.OutOfRange(outcome, 0, 3);
    }
}
