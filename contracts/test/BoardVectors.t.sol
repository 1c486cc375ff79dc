// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BoardTerms} from "../src/libraries/BoardTerms.sol";
import {Test} from "./base/Test.sol";

/// @title The published vectors of who serves a request when: nodes and contract must not differ.
contract BoardVectorsTest is Test {
    function test_placeOf_isThatOfTheVectors() public view {
        string memory json = vm.readFile("test/vectors/board/rendezvous.json");
        uint256 cases = 0;
        for (; vm.keyExistsJson(json, _path(cases, "")); ++cases) {
            bytes32 id = vm.parseJsonBytes32(json, _path(cases, ".id"));
            uint256 turns = vm.parseJsonUint(json, _path(cases, ".turns"));
            uint256 place = BoardTerms.placeOf(id, vm.parseJsonUint(json, _path(cases, ".seat")), turns);
            assertEq(place, vm.parseJsonUint(json, _path(cases, ".place")), "place");
        }
        assertTrue(cases >= 16, "all of them");
    }

    function _path(uint256 index, string memory field) private pure returns (string memory) {
        return string.concat(".places[", vm.toString(index), "]", field);
    }
}
