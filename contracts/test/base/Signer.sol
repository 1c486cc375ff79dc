// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DealEscrow} from "../../src/DealEscrow.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {Test} from "./Test.sol";

/// @title EIP-712 as docs/settlement.md describes it, computed from the type strings and not by the contract's own library.
abstract contract Signer is Test {
    bytes32 internal constant DEAL_TYPE = keccak256(
        "Deal(bytes32 job,bytes32 spec,bytes32 certificate,address creator,address provider,uint256 price,uint256 collateral,uint256 seatFee,uint256 submitWindow,uint256 reviewWindow,uint256 voteWindow,uint256 committee,uint256 needs,uint256 openBefore,uint256 nonce)"
    );
    bytes32 internal constant RESULT_TYPE =
        keccak256("Result(bytes32 deal,bytes32 commitment,bytes32 manifest,uint256 charge)");
    bytes32 internal constant CLOSE_TYPE = keccak256("Close(bytes32 deal,uint256 toProvider,uint256 expiry)");
    bytes32 internal constant CHALLENGE_TYPE = keccak256("Challenge(bytes32 deal,bytes32 result)");
    bytes32 internal constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    DealEscrow public escrow;

    function idOf(IDealEscrow.Deal memory deal) internal pure returns (bytes32) {
        return keccak256(abi.encode(DEAL_TYPE, deal));
    }

    function hashOf(IDealEscrow.Result memory result) internal pure returns (bytes32) {
        return keccak256(abi.encode(RESULT_TYPE, result));
    }

    function hashOf(IDealEscrow.Close memory agreed) internal pure returns (bytes32) {
        return keccak256(abi.encode(CLOSE_TYPE, agreed));
    }

    /// @dev What a creator signs for whoever brings its challenge.
    function challengeOf(IDealEscrow.Result memory result) internal pure returns (bytes32) {
        return keccak256(abi.encode(CHALLENGE_TYPE, result.deal, hashOf(result)));
    }

    function domainOf(address verifying) internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPE, keccak256("dcn DealEscrow"), keccak256("1"), block.chainid, verifying));
    }

    function digestOf(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", domainOf(address(escrow)), structHash));
    }

    function sign(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digestOf(structHash));
        return abi.encodePacked(r, s, v);
    }

    function sign(uint256 key, IDealEscrow.Deal memory deal) internal view returns (bytes memory) {
        return sign(key, idOf(deal));
    }

    function sign(uint256 key, IDealEscrow.Result memory result) internal view returns (bytes memory) {
        return sign(key, hashOf(result));
    }

    function sign(uint256 key, IDealEscrow.Close memory agreed) internal view returns (bytes memory) {
        return sign(key, hashOf(agreed));
    }
}
