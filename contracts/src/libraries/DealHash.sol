// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../interfaces/IDealEscrow.sol";

/// @title EIP-712 struct hashes of what is signed.
/// @dev Every member of the three structs is one static word, so `encodeData` is their calldata as it stands. A dirty upper
/// half of an address changes the hash, and reading the member reverts: no such deal can open.
library DealHash {
    bytes32 internal constant DEAL_TYPEHASH = keccak256(
        "Deal(bytes32 job,bytes32 spec,bytes32 certificate,address creator,address provider,uint256 price,uint256 collateral,uint256 seatFee,uint256 submitWindow,uint256 reviewWindow,uint256 voteWindow,uint256 committee,uint256 needs,uint256 openBefore,uint256 nonce)"
    );
    bytes32 internal constant RESULT_TYPEHASH =
        keccak256("Result(bytes32 deal,bytes32 commitment,bytes32 manifest,uint256 charge)");
    bytes32 internal constant CHALLENGE_TYPEHASH = keccak256("Challenge(bytes32 deal,bytes32 result)");
    bytes32 internal constant CLOSE_TYPEHASH = keccak256("Close(bytes32 deal,uint256 toProvider,uint256 expiry)");

    /// @return hash the deal's id
    function ofDeal(IDealEscrow.Deal calldata deal) internal pure returns (bytes32 hash) {
        bytes32 typeHash = DEAL_TYPEHASH;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, typeHash)
            calldatacopy(add(data, 0x20), deal, 0x1e0) // 15 words
            hash := keccak256(data, 0x200)
        }
    }

    function ofResult(IDealEscrow.Result calldata result) internal pure returns (bytes32 hash) {
        bytes32 typeHash = RESULT_TYPEHASH;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, typeHash)
            calldatacopy(add(data, 0x20), result, 0x80) // 4 words
            hash := keccak256(data, 0xa0)
        }
    }

    function ofClose(IDealEscrow.Close calldata agreed) internal pure returns (bytes32 hash) {
        bytes32 typeHash = CLOSE_TYPEHASH;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, typeHash)
            calldatacopy(add(data, 0x20), agreed, 0x60) // 3 words
            hash := keccak256(data, 0x80)
        }
    }

    /// @param result hash of the submitted Result
    function ofChallenge(bytes32 deal, bytes32 result) internal pure returns (bytes32) {
        return keccak256(abi.encode(CHALLENGE_TYPEHASH, deal, result));
    }
}
